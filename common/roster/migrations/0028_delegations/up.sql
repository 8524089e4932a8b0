-- Who acts for another for a time: as the lead of an area, or at the schools of an inspector.
CREATE TABLE IF NOT EXISTS `delegation` (
  `office` VARCHAR(63) NOT NULL,
  `delegation` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `delegate` BINARY(16) NULL,
  `area` BINARY(16) NULL,
  `delegator` BINARY(16) NULL,
  `school` BINARY(16) NULL,
  `valid_from` DATE NULL,
  `valid_to` DATE NULL,
  `document_number` VARCHAR(60) NOT NULL,
  `reason` VARCHAR(500) NOT NULL,
  PRIMARY KEY (`office`, `delegation`),
  KEY `delegation_delegate` (`office`, `delegate`, `valid_to`),
  KEY `delegation_delegator` (`office`, `delegator`, `valid_to`),
  KEY `delegation_area` (`office`, `area`, `valid_to`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
