-- The registry's facts: its own tables in the registry, dated copies of them in every other service. Nothing here may
-- refuse a copy; what only the owner enforces is in the registry's own migrations. Columns follow the messages of
-- inspectorate.registry.v1; a test compares them.

CREATE TABLE IF NOT EXISTS `office` (
  `office` VARCHAR(63) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `display_name` VARCHAR(100) NOT NULL,
  `level` SMALLINT NOT NULL,
  `parent_office` VARCHAR(63) NULL,
  `division_codes` MEDIUMTEXT NULL,
  `sandbox` TINYINT NOT NULL,
  `sandbox_time` DATETIME(6) NULL,
  `work_calendar` SMALLINT NOT NULL,
  `document_prefix` VARCHAR(20) NOT NULL,
  `jurisdiction` VARCHAR(255) NOT NULL,
  PRIMARY KEY (`office`),
  KEY `office_parent` (`parent_office`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `school` (
  `school` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `office` VARCHAR(63) NULL,
  `display_name` VARCHAR(100) NOT NULL,
  `short_name` VARCHAR(40) NOT NULL,
  `kind` SMALLINT NOT NULL,
  `state` SMALLINT NOT NULL,
  `ownership` SMALLINT NOT NULL,
  `ident_code` VARCHAR(255) NOT NULL,
  `external_id` VARCHAR(40) NOT NULL,
  `organiser` VARCHAR(255) NOT NULL,
  `urban_rural` VARCHAR(255) NOT NULL,
  `town` VARCHAR(255) NOT NULL,
  `address` VARCHAR(200) NOT NULL,
  `latitude` DOUBLE NOT NULL,
  `longitude` DOUBLE NOT NULL,
  `students` INT NOT NULL,
  `boarding` TINYINT NOT NULL,
  `canteen` TINYINT NOT NULL,
  `school_bus` TINYINT NOT NULL,
  `open_date` DATE NULL,
  `close_date` DATE NULL,
  PRIMARY KEY (`school`),
  KEY `school_number` (`office`, `external_id`),
  KEY `school_ident_code` (`ident_code`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `supervisor` (
  `office` VARCHAR(63) NOT NULL,
  `supervisor` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `display_name` VARCHAR(40) NOT NULL,
  `work_number` VARCHAR(40) NOT NULL,
  `duty` VARCHAR(40) NOT NULL,
  `work_phone` VARCHAR(20) NOT NULL,
  PRIMARY KEY (`office`, `supervisor`),
  KEY `supervisor_number` (`office`, `work_number`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `supervisor_posting` (
  `office` VARCHAR(63) NOT NULL,
  `supervisor_posting` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `supervisor` BINARY(16) NULL,
  `school` BINARY(16) NULL,
  `valid_from` DATE NULL,
  `valid_to` DATE NULL,
  PRIMARY KEY (`office`, `supervisor_posting`),
  KEY `posting_supervisor` (`office`, `supervisor`, `school`),
  KEY `posting_school` (`school`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `area` (
  `office` VARCHAR(63) NOT NULL,
  `area` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `number` INT NOT NULL,
  `display_name` VARCHAR(60) NOT NULL,
  `document_number` VARCHAR(60) NOT NULL,
  `valid_from` DATE NULL,
  `valid_to` DATE NULL,
  PRIMARY KEY (`office`, `area`),
  KEY `area_number` (`office`, `number`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `school_assignment` (
  `office` VARCHAR(63) NOT NULL,
  `school_assignment` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `school` BINARY(16) NULL,
  `area` BINARY(16) NULL,
  `valid_from` DATE NULL,
  `valid_to` DATE NULL,
  `document_number` VARCHAR(60) NOT NULL,
  PRIMARY KEY (`office`, `school_assignment`),
  KEY `school_assignment_school` (`school`, `valid_from`),
  KEY `school_assignment_area` (`office`, `area`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `area_membership` (
  `office` VARCHAR(63) NOT NULL,
  `area_membership` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `inspector` BINARY(16) NULL,
  `area` BINARY(16) NULL,
  `duty` SMALLINT NOT NULL,
  `valid_from` DATE NULL,
  `valid_to` DATE NULL,
  PRIMARY KEY (`office`, `area_membership`),
  KEY `membership_inspector` (`office`, `inspector`),
  KEY `membership_area` (`office`, `area`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `inspector_assignment` (
  `office` VARCHAR(63) NOT NULL,
  `inspector_assignment` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `inspector` BINARY(16) NULL,
  `school` BINARY(16) NULL,
  `duty` SMALLINT NOT NULL,
  `valid_from` DATE NULL,
  `valid_to` DATE NULL,
  `document_number` VARCHAR(60) NOT NULL,
  PRIMARY KEY (`office`, `inspector_assignment`),
  KEY `inspector_assignment_inspector` (`office`, `inspector`, `school`),
  KEY `inspector_assignment_school` (`school`, `valid_from`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `inspector` (
  `inspector` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `office` VARCHAR(63) NULL,
  `work_number` VARCHAR(40) NOT NULL,
  `display_name` VARCHAR(40) NOT NULL,
  `kind` SMALLINT NOT NULL,
  `state` SMALLINT NOT NULL,
  `qualification` VARCHAR(60) NOT NULL,
  `title` VARCHAR(60) NOT NULL,
  `stages` MEDIUMTEXT NULL,
  `employer_school` BINARY(16) NULL,
  `employer_from` DATE NULL,
  `employer_to` DATE NULL,
  `work_phone` VARCHAR(20) NOT NULL,
  PRIMARY KEY (`inspector`),
  KEY `inspector_number` (`office`, `work_number`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `appointment` (
  `inspector` BINARY(16) NOT NULL,
  `appointment` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `office` VARCHAR(63) NULL,
  `kind` SMALLINT NOT NULL,
  `document_number` VARCHAR(60) NOT NULL,
  `term_index` INT NOT NULL,
  `valid_from` DATE NULL,
  `valid_to` DATE NULL,
  `end_reason` VARCHAR(200) NOT NULL,
  PRIMARY KEY (`inspector`, `appointment`),
  KEY `appointment_office` (`office`, `valid_to`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `certificate` (
  `inspector` BINARY(16) NOT NULL,
  `certificate` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `office` VARCHAR(63) NULL,
  `number` VARCHAR(60) NOT NULL,
  `issuer` VARCHAR(100) NOT NULL,
  `valid_from` DATE NULL,
  `valid_to` DATE NULL,
  PRIMARY KEY (`inspector`, `certificate`),
  KEY `certificate_number` (`office`, `number`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `recusal` (
  `inspector` BINARY(16) NOT NULL,
  `recusal` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `office` VARCHAR(63) NULL,
  `school` BINARY(16) NULL,
  `ground` SMALLINT NOT NULL,
  `note` VARCHAR(500) NOT NULL,
  `valid_from` DATE NULL,
  `valid_to` DATE NULL,
  `decided_by` VARCHAR(60) NOT NULL,
  PRIMARY KEY (`inspector`, `recusal`),
  KEY `recusal_school` (`school`),
  KEY `recusal_office` (`office`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `staff_member` (
  `office` VARCHAR(63) NOT NULL,
  `staff_member` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `display_name` VARCHAR(40) NOT NULL,
  `work_number` VARCHAR(40) NOT NULL,
  `title` VARCHAR(60) NOT NULL,
  `valid_from` DATE NULL,
  `valid_to` DATE NULL,
  PRIMARY KEY (`office`, `staff_member`),
  KEY `staff_number` (`office`, `work_number`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `policy_rule` (
  `office` VARCHAR(63) NOT NULL,
  `policy_rule` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `key` VARCHAR(255) NOT NULL,
  `value` VARCHAR(200) NOT NULL,
  `unit` SMALLINT NOT NULL,
  `source` VARCHAR(200) NOT NULL,
  `note` VARCHAR(500) NOT NULL,
  `valid_from` DATE NULL,
  `valid_to` DATE NULL,
  PRIMARY KEY (`office`, `policy_rule`),
  KEY `policy_rule_key` (`office`, `key`, `valid_from`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `term` (
  `office` VARCHAR(63) NOT NULL,
  `term` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `display_name` VARCHAR(60) NOT NULL,
  `audience` SMALLINT NOT NULL,
  `valid_from` DATE NULL,
  `valid_to` DATE NULL,
  `teaching_months` MEDIUMTEXT NULL,
  PRIMARY KEY (`office`, `term`),
  KEY `term_audience` (`office`, `audience`, `valid_from`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `matter` (
  `office` VARCHAR(63) NOT NULL,
  `matter` VARCHAR(63) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `catalog` SMALLINT NOT NULL,
  `display_name` VARCHAR(100) NOT NULL,
  `basis` VARCHAR(200) NOT NULL,
  `check_items` MEDIUMTEXT NULL,
  `placeholder` TINYINT NOT NULL,
  `valid_from` DATE NULL,
  `valid_to` DATE NULL,
  PRIMARY KEY (`office`, `matter`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
