-- Training and weekly study: sessions, who was there, and what inspectors record of their own studies.
CREATE TABLE IF NOT EXISTS `training_session` (
  `office` VARCHAR(63) NOT NULL,
  `training_session` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `kind` SMALLINT NOT NULL,
  `mode` SMALLINT NOT NULL,
  `state` SMALLINT NOT NULL,
  `date` DATE NULL,
  `start_time` VARCHAR(5) NOT NULL,
  `topic` VARCHAR(200) NOT NULL,
  `place` VARCHAR(100) NOT NULL,
  `host` VARCHAR(100) NOT NULL,
  `area` BINARY(16) NULL,
  `planned_hours` DOUBLE NOT NULL,
  `materials` MEDIUMTEXT NULL,
  `note` VARCHAR(500) NOT NULL,
  `cancel_reason` VARCHAR(500) NOT NULL,
  PRIMARY KEY (`office`, `training_session`),
  KEY `training_session_date` (`office`, `date`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `attendance` (
  `office` VARCHAR(63) NOT NULL,
  `training_session` BINARY(16) NOT NULL,
  `attendance` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `inspector` BINARY(16) NULL,
  `presence` SMALLINT NOT NULL,
  `reason` VARCHAR(200) NOT NULL,
  `credited_hours` DOUBLE NOT NULL,
  `notes` TEXT NOT NULL,
  `notes_time` DATETIME(6) NULL,
  `marks` MEDIUMTEXT NULL,
  `credits` MEDIUMTEXT NULL,
  PRIMARY KEY (`office`, `training_session`, `attendance`),
  KEY `attendance_inspector` (`inspector`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `study_record` (
  `inspector` BINARY(16) NOT NULL,
  `study_record` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `office` VARCHAR(63) NULL,
  `mode` SMALLINT NOT NULL,
  `state` SMALLINT NOT NULL,
  `date` DATE NULL,
  `topic` VARCHAR(200) NOT NULL,
  `hours` DOUBLE NOT NULL,
  `materials` MEDIUMTEXT NULL,
  `notes` TEXT NOT NULL,
  `credited_hours` DOUBLE NOT NULL,
  `credits` MEDIUMTEXT NULL,
  `decline_reason` VARCHAR(500) NOT NULL,
  PRIMARY KEY (`inspector`, `study_record`),
  KEY `study_record_date` (`office`, `date`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
