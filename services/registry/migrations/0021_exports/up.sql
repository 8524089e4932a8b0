-- An export under way: which attempt of its operation is the one that counts, and the files that attempts have begun.
CREATE TABLE IF NOT EXISTS `export_run` (
  `office` VARCHAR(63) NOT NULL,
  `operation` BINARY(16) NOT NULL,
  `attempt` BINARY(16) NOT NULL,
  `create_time` DATETIME(6) NOT NULL,
  PRIMARY KEY (`office`, `operation`),
  KEY `export_run_age` (`create_time`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `export_file` (
  `office` VARCHAR(63) NOT NULL,
  `operation` BINARY(16) NOT NULL,
  `file` BINARY(16) NOT NULL,
  PRIMARY KEY (`office`, `operation`, `file`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Files without protected fields may be fetched by those who do not see such fields. The default serves programs that
-- do not know the column yet.
ALTER TABLE `data_file` ADD COLUMN `redacted` TINYINT NOT NULL DEFAULT 0;
