-- Catalogues of an office and their versions: which matters, severities, methods and so on are in use on a day.
CREATE TABLE IF NOT EXISTS `catalogue` (
  `office` VARCHAR(63) NOT NULL,
  `catalogue` VARCHAR(63) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `kind` SMALLINT NOT NULL,
  `display_name` VARCHAR(60) NOT NULL,
  `latest_number` INT NOT NULL,
  PRIMARY KEY (`office`, `catalogue`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `catalogue_version` (
  `office` VARCHAR(63) NOT NULL,
  `catalogue` VARCHAR(63) NOT NULL,
  `catalogue_version` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `number` INT NOT NULL,
  `items` MEDIUMTEXT NULL,
  `note` VARCHAR(500) NOT NULL,
  `base_number` INT NOT NULL,
  `drafted_by` VARCHAR(200) NOT NULL,
  `valid_from` DATE NULL,
  `valid_to` DATE NULL,
  `document_number` VARCHAR(60) NOT NULL,
  `source` VARCHAR(200) NOT NULL,
  `published_by` VARCHAR(200) NOT NULL,
  `publish_time` DATETIME(6) NULL,
  `fingerprint` VARCHAR(32) NOT NULL,
  PRIMARY KEY (`office`, `catalogue`, `catalogue_version`),
  -- Nearly every act at a school asks what is in force, and reads nothing but this. Drafts have no days.
  KEY `catalogue_in_force` (`office`, `valid_from`, `valid_to`, `fingerprint`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
