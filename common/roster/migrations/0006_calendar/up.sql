-- What makes a rule of the policy a term: its event, its first day, what becomes of a last day that is a rest day, and
-- whose rule it is. The defaults serve programs that do not know the columns yet.
ALTER TABLE `policy_rule`
  ADD COLUMN `event` VARCHAR(255) NOT NULL DEFAULT '',
  ADD COLUMN `start` SMALLINT NOT NULL DEFAULT 0,
  ADD COLUMN `roll` SMALLINT NOT NULL DEFAULT 0,
  ADD COLUMN `jurisdiction` VARCHAR(255) NOT NULL DEFAULT '';

-- Papers of the State Council that came after the build, as each office counts by them.
CREATE TABLE IF NOT EXISTS `calendar_paper` (
  `office` VARCHAR(63) NOT NULL,
  `calendar_paper` BINARY(16) NOT NULL,
  `revision` BIGINT NOT NULL,
  `create_time` DATETIME(6) NULL,
  `update_time` DATETIME(6) NULL,
  `year` INT NOT NULL,
  `number` VARCHAR(60) NOT NULL,
  `issue_date` DATE NULL,
  `subject` VARCHAR(100) NOT NULL,
  `days` MEDIUMTEXT NULL,
  `fingerprint` VARCHAR(32) NOT NULL,
  `published_by` VARCHAR(200) NOT NULL,
  PRIMARY KEY (`office`, `calendar_paper`),
  KEY `calendar_paper_fingerprint` (`office`, `fingerprint`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
