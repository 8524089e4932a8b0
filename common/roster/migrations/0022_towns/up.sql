-- Towns as each office lists them. A code may have several rows, one after the other: names change.
CREATE TABLE IF NOT EXISTS `town` (
  `office` VARCHAR(63) NOT NULL,
  `town` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `code` VARCHAR(255) NOT NULL,
  `display_name` VARCHAR(60) NOT NULL,
  `kind` SMALLINT NOT NULL,
  `county` VARCHAR(255) NOT NULL,
  `valid_from` DATE NULL,
  `valid_to` DATE NULL,
  `successor` VARCHAR(255) NOT NULL,
  PRIMARY KEY (`office`, `town`),
  KEY `town_code` (`office`, `code`),
  -- Which offices list the towns of a county.
  KEY `town_county` (`county`, `office`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
