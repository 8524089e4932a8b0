-- The life of inspectors in dated facts: leave, employments, qualifications, suspensions, and the acts they follow from.
ALTER TABLE `inspector`
  ADD COLUMN `notice_from` DATE NULL,
  ADD COLUMN `notice_to` DATE NULL;

ALTER TABLE `appointment`
  ADD COLUMN `awaits_induction` TINYINT NOT NULL DEFAULT 0,
  ADD COLUMN `duty_from` DATE NULL,
  ADD COLUMN `ended` TINYINT NOT NULL DEFAULT 0;

CREATE TABLE IF NOT EXISTS `leave` (
  `inspector` BINARY(16) NOT NULL,
  `leave` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `office` VARCHAR(63) NULL,
  `kind` SMALLINT NOT NULL,
  `note` VARCHAR(500) NOT NULL,
  `valid_from` DATE NULL,
  `valid_to` DATE NULL,
  PRIMARY KEY (`inspector`, `leave`),
  KEY `leave_office` (`office`, `valid_to`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `employment` (
  `inspector` BINARY(16) NOT NULL,
  `employment` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `office` VARCHAR(63) NULL,
  `school` BINARY(16) NULL,
  `post` VARCHAR(60) NOT NULL,
  `valid_from` DATE NULL,
  `valid_to` DATE NULL,
  PRIMARY KEY (`inspector`, `employment`),
  KEY `employment_school` (`school`),
  KEY `employment_office` (`office`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `qualification` (
  `inspector` BINARY(16) NOT NULL,
  `qualification` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `office` VARCHAR(63) NULL,
  `kind` SMALLINT NOT NULL,
  `title` VARCHAR(100) NOT NULL,
  `number` VARCHAR(60) NOT NULL,
  `valid_from` DATE NULL,
  `valid_to` DATE NULL,
  `stages` MEDIUMTEXT NULL,
  PRIMARY KEY (`inspector`, `qualification`),
  KEY `qualification_office` (`office`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `suspension` (
  `inspector` BINARY(16) NOT NULL,
  `suspension` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `office` VARCHAR(63) NULL,
  `ground` SMALLINT NOT NULL,
  `document_number` VARCHAR(60) NOT NULL,
  `reason` VARCHAR(500) NOT NULL,
  `valid_from` DATE NULL,
  `valid_to` DATE NULL,
  PRIMARY KEY (`inspector`, `suspension`),
  KEY `suspension_office` (`office`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `inspector_act` (
  `inspector` BINARY(16) NOT NULL,
  `inspector_act` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `office` VARCHAR(63) NULL,
  `event` SMALLINT NOT NULL,
  `state_after` SMALLINT NOT NULL,
  `act_date` DATE NULL,
  `document_number` VARCHAR(60) NOT NULL,
  `cause` SMALLINT NOT NULL,
  `ground` SMALLINT NOT NULL,
  `reason` VARCHAR(500) NOT NULL,
  `effective_date` DATE NULL,
  `handovers` MEDIUMTEXT NULL,
  `unsettled_reason` VARCHAR(500) NOT NULL,
  `unsettled` MEDIUMTEXT NULL,
  `hours` INT NOT NULL,
  PRIMARY KEY (`inspector`, `inspector_act`),
  KEY `act_office` (`office`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
