-- The visits service's own records. Columns of resources follow the messages of inspectorate.visits.v1; a test compares
-- them. Below them stand the tables that no message describes.

CREATE TABLE IF NOT EXISTS `obligation` (
  `office` VARCHAR(63) NOT NULL,
  `obligation` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `school` BINARY(16) NULL,
  `area` BINARY(16) NULL,
  `kind` SMALLINT NOT NULL,
  `state` SMALLINT NOT NULL,
  `rule` VARCHAR(255) NOT NULL,
  `window_from` DATE NULL,
  `window_to` DATE NULL,
  `ordinal` INT NOT NULL,
  `visit` BINARY(16) NULL,
  `issue` VARCHAR(255) NOT NULL,
  `round` INT NOT NULL,
  `excuse_reason` VARCHAR(500) NOT NULL,
  `excused_by` VARCHAR(255) NOT NULL,
  `excuse_document` VARCHAR(60) NOT NULL,
  PRIMARY KEY (`office`, `obligation`),
  KEY `obligation_school` (`office`, `school`, `window_from`),
  KEY `obligation_due` (`office`, `kind`, `window_to`),
  KEY `obligation_state` (`office`, `state`, `window_to`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `plan` (
  `office` VARCHAR(63) NOT NULL,
  `plan` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `month` DATE NULL,
  `state` SMALLINT NOT NULL,
  `seed` BIGINT UNSIGNED NOT NULL,
  `solver` VARCHAR(255) NOT NULL,
  `inputs_hash` VARCHAR(255) NOT NULL,
  `objective` BIGINT NOT NULL,
  `best_bound` BIGINT NULL,
  `obligations` INT NOT NULL,
  `covered` INT NOT NULL,
  `inspectors` INT NOT NULL,
  `min_load` INT NOT NULL,
  `max_load` INT NOT NULL,
  `panel_size` INT NOT NULL,
  `notice_mode` SMALLINT NOT NULL,
  `visits` INT NOT NULL,
  `published_by` VARCHAR(255) NOT NULL,
  PRIMARY KEY (`office`, `plan`),
  KEY `plan_month` (`office`, `month`, `state`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `plan_item` (
  `office` VARCHAR(63) NOT NULL,
  `plan` BINARY(16) NOT NULL,
  `item` INT NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `obligation` BINARY(16) NULL,
  `school` BINARY(16) NULL,
  `inspectors` MEDIUMTEXT NULL,
  `day` DATE NULL,
  `half_day` SMALLINT NOT NULL,
  `unassigned_code` VARCHAR(255) NOT NULL,
  `unassigned_zh` VARCHAR(255) NOT NULL,
  `unassigned_en` VARCHAR(255) NOT NULL,
  PRIMARY KEY (`office`, `plan`, `item`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `visit` (
  `office` VARCHAR(63) NOT NULL,
  `visit` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `school` BINARY(16) NULL,
  `area` BINARY(16) NULL,
  `type` SMALLINT NOT NULL,
  `state` SMALLINT NOT NULL,
  `panel` MEDIUMTEXT NULL,
  `plan` BINARY(16) NULL,
  `obligations` MEDIUMTEXT NULL,
  `notice_mode` SMALLINT NOT NULL,
  `planned_day` DATE NULL,
  `half_day` SMALLINT NOT NULL,
  `notify_time` DATETIME(6) NULL,
  `check_in` MEDIUMTEXT NULL,
  `methods` MEDIUMTEXT NULL,
  `judgements` MEDIUMTEXT NULL,
  `look_backs` MEDIUMTEXT NULL,
  `highlights` TEXT NOT NULL,
  `advice` TEXT NOT NULL,
  `minutes` INT NOT NULL,
  `seal` MEDIUMTEXT NULL,
  `submissions` INT NOT NULL,
  `submit_time` DATETIME(6) NULL,
  `submitted_by` VARCHAR(255) NOT NULL,
  `approve_time` DATETIME(6) NULL,
  `approved_by` VARCHAR(255) NOT NULL,
  `return_reason` VARCHAR(500) NOT NULL,
  `end_reason` VARCHAR(500) NOT NULL,
  `ended_by` VARCHAR(255) NOT NULL,
  `feedback_time` DATETIME(6) NULL,
  `fed_back_to` VARCHAR(40) NOT NULL,
  `school_comment` TEXT NOT NULL,
  `obstruction` TEXT NOT NULL,
  `held_day` DATE NULL,
  `late_entry` TINYINT NOT NULL,
  PRIMARY KEY (`office`, `visit`),
  KEY `visit_school` (`office`, `school`, `planned_day`),
  KEY `visit_state` (`office`, `state`, `planned_day`),
  KEY `visit_plan` (`office`, `plan`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS `finding` (
  `office` VARCHAR(63) NOT NULL,
  `visit` BINARY(16) NOT NULL,
  `finding` INT NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `school` BINARY(16) NULL,
  `kind` SMALLINT NOT NULL,
  `matter` VARCHAR(255) NOT NULL,
  `aspect` VARCHAR(255) NOT NULL,
  `severity` SMALLINT NOT NULL,
  `fact` TEXT NOT NULL,
  `basis` VARCHAR(500) NOT NULL,
  `advice` TEXT NOT NULL,
  `ordinal` INT NOT NULL,
  `sealed_in` INT NOT NULL,
  `seal_time` DATETIME(6) NULL,
  `area` BINARY(16) NULL,
  `urgent` TINYINT NOT NULL,
  PRIMARY KEY (`office`, `visit`, `finding`),
  KEY `finding_school` (`office`, `school`, `sealed_in`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Who is in the panel of which visit: what a visit's `panel` says, for finding visits by inspector. `sent`: by the
-- office, so that no assignment to the school is asked for.
CREATE TABLE IF NOT EXISTS `visit_panel` (
  `office` VARCHAR(63) NOT NULL,
  `inspector` BINARY(16) NOT NULL,
  `visit` BINARY(16) NOT NULL,
  `sent` TINYINT NOT NULL,
  PRIMARY KEY (`office`, `inspector`, `visit`),
  KEY `visit_panel_visit` (`office`, `visit`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Every claim that was ever made on an obligation: after a cancelled visit, coverage can still say what became of it.
CREATE TABLE IF NOT EXISTS `visit_claim` (
  `office` VARCHAR(63) NOT NULL,
  `obligation` BINARY(16) NOT NULL,
  `visit` BINARY(16) NOT NULL,
  PRIMARY KEY (`office`, `obligation`, `visit`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The last ordinal given out to a finding of a visit: a dropped finding's is not used again.
CREATE TABLE IF NOT EXISTS `finding_ordinal` (
  `office` VARCHAR(63) NOT NULL,
  `visit` BINARY(16) NOT NULL,
  `last` INT NOT NULL,
  PRIMARY KEY (`office`, `visit`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Issues that await verification, from the feed of issues.
CREATE TABLE IF NOT EXISTS `open_item` (
  `office` VARCHAR(63) NOT NULL,
  `issue` BINARY(16) NOT NULL,
  `round` INT NOT NULL,
  `school` BINARY(16) NOT NULL,
  `obligation` BINARY(16) NOT NULL,
  `matter` VARCHAR(63) NOT NULL,
  `fact` TEXT NOT NULL,
  `report_time` DATETIME(6) NOT NULL,
  `due` DATE NOT NULL,
  PRIMARY KEY (`office`, `issue`),
  KEY `open_item_school` (`office`, `school`, `due`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
