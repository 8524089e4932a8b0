-- More facts of a school. Columns have defaults, so that programs of before go on writing beside those of now.
ALTER TABLE `school`
  ADD COLUMN `stages` MEDIUMTEXT NULL,
  ADD COLUMN `school_type` VARCHAR(255) NOT NULL DEFAULT '',
  ADD COLUMN `credit_code` VARCHAR(255) NOT NULL DEFAULT '',
  ADD COLUMN `location_accuracy` INT NOT NULL DEFAULT 0,
  ADD COLUMN `location_source` SMALLINT NOT NULL DEFAULT 0,
  ADD COLUMN `external_ids` MEDIUMTEXT NULL,
  ADD COLUMN `successors` MEDIUMTEXT NULL;

-- What became of schools, from which day and by which document.
CREATE TABLE IF NOT EXISTS `school_change` (
  `office` VARCHAR(63) NOT NULL,
  `school_change` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `school` BINARY(16) NULL,
  `kind` SMALLINT NOT NULL,
  `state` SMALLINT NOT NULL,
  `effective_date` DATE NULL,
  `document_number` VARCHAR(60) NOT NULL,
  `basis` VARCHAR(500) NOT NULL,
  `proposer` VARCHAR(200) NOT NULL,
  `decider` VARCHAR(200) NOT NULL,
  `decide_time` DATETIME(6) NULL,
  `decision_note` VARCHAR(500) NOT NULL,
  `before` MEDIUMTEXT NULL,
  `after` MEDIUMTEXT NULL,
  `changed_fields` MEDIUMTEXT NULL,
  `others` MEDIUMTEXT NULL,
  `ended_assignments` MEDIUMTEXT NULL,
  `dropped_assignments` MEDIUMTEXT NULL,
  PRIMARY KEY (`office`, `school_change`),
  KEY `school_change_history` (`school`, `state`, `effective_date`),
  KEY `school_change_office` (`office`, `effective_date`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
