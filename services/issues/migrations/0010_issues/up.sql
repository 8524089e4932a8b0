-- Issues, notices and evidence. The first three tables are what their messages describe (common/resource); the
-- service's schema test compares them.

CREATE TABLE IF NOT EXISTS `issue` (
  `office` VARCHAR(63) NOT NULL,
  `issue` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `source` SMALLINT NOT NULL,
  `visit` BINARY(16) NULL,
  `ordinal` INT NOT NULL,
  `source_position` BIGINT UNSIGNED NOT NULL,
  `school` BINARY(16) NULL,
  `area` BINARY(16) NULL,
  `matter` VARCHAR(255) NOT NULL,
  `aspect` VARCHAR(255) NOT NULL,
  `fact` TEXT NOT NULL,
  `basis` VARCHAR(500) NOT NULL,
  `advice` TEXT NOT NULL,
  `found_day` DATE NULL,
  `state` SMALLINT NOT NULL,
  `severity` SMALLINT NOT NULL,
  `route` SMALLINT NOT NULL,
  `responsible_unit` VARCHAR(255) NOT NULL,
  `notice` BINARY(16) NULL,
  `round` INT NOT NULL,
  `reopen_count` INT NOT NULL,
  `urgent` TINYINT NOT NULL,
  `plan` MEDIUMTEXT NULL,
  `reports` MEDIUMTEXT NULL,
  `look_backs` MEDIUMTEXT NULL,
  `clocks` MEDIUMTEXT NULL,
  `disposition` MEDIUMTEXT NULL,
  `triaged_by` VARCHAR(255) NOT NULL,
  `notice_issued_by` VARCHAR(255) NOT NULL,
  `acknowledged_by` VARCHAR(255) NOT NULL,
  `closed_by` VARCHAR(255) NOT NULL,
  `register_time` DATETIME(6) NULL,
  `notice_time` DATETIME(6) NULL,
  `acknowledge_time` DATETIME(6) NULL,
  `rectified_time` DATETIME(6) NULL,
  `verify_time` DATETIME(6) NULL,
  `close_time` DATETIME(6) NULL,
  `close_route` SMALLINT NOT NULL,
  `opinion` TEXT NOT NULL,
  `rectify_due` DATE NULL,
  `rectified_by` MEDIUMTEXT NULL,
  PRIMARY KEY (`office`, `issue`),
  KEY `issue_school` (`office`, `school`),
  KEY `issue_state` (`office`, `state`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `notice` (
  `office` VARCHAR(63) NOT NULL,
  `notice` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `number` VARCHAR(255) NOT NULL,
  `year` INT NOT NULL,
  `serial` INT NOT NULL,
  `school` BINARY(16) NULL,
  `area` BINARY(16) NULL,
  `state` SMALLINT NOT NULL,
  `issues` MEDIUMTEXT NULL,
  `issue_day` DATE NULL,
  `issue_time` DATETIME(6) NULL,
  `issued_by` VARCHAR(255) NOT NULL,
  `signatory` VARCHAR(255) NOT NULL,
  `requirements` TEXT NOT NULL,
  `deemed_served_day` DATE NULL,
  `served_time` DATETIME(6) NULL,
  `received_by` VARCHAR(255) NOT NULL,
  `signed_by` VARCHAR(255) NOT NULL,
  `signer_duty` VARCHAR(255) NOT NULL,
  PRIMARY KEY (`office`, `notice`),
  UNIQUE KEY `notice_number` (`office`, `year`, `serial`),
  KEY `notice_school` (`office`, `school`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `attachment` (
  `office` VARCHAR(63) NOT NULL,
  `attachment` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `school` BINARY(16) NULL,
  `sha256` VARCHAR(255) NOT NULL,
  `size` BIGINT NOT NULL,
  `media_type` VARCHAR(255) NOT NULL,
  `file_name` VARCHAR(255) NOT NULL,
  `uploaded_by` VARCHAR(255) NOT NULL,
  `contains_minors` TINYINT NOT NULL,
  PRIMARY KEY (`office`, `attachment`),
  UNIQUE KEY `attachment_content` (`office`, `school`, `sha256`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The bytes of the evidence, apart from its record: one row a content, however many records name it.
CREATE TABLE IF NOT EXISTS `attachment_content` (
  `sha256` BINARY(32) NOT NULL,
  `content` MEDIUMBLOB NOT NULL,
  PRIMARY KEY (`sha256`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The last serial an office gave out in a year. Locked until the notice that takes the next one commits, so that
-- numbers have no gap.
CREATE TABLE IF NOT EXISTS `notice_counter` (
  `office` VARCHAR(63) NOT NULL,
  `year` INT NOT NULL,
  `serial` INT NOT NULL,
  PRIMARY KEY (`office`, `year`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
