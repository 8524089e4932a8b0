-- What follows from the rules issue.relapse_months, issue.escalate_rounds and notice.report_copies. Issues and notices of
-- before carry nothing of it: what was decided then stays as it was told in the feed. An issue that comes is compared with
-- those of the same matter at its school, which the key finds without reading the school's others.
ALTER TABLE `issue`
  ADD COLUMN `relapse_of` BINARY(16) NULL,
  ADD COLUMN `escalation_due` TINYINT NOT NULL DEFAULT 0,
  ADD KEY `issue_matter` (`office`, `school`, `matter`);

ALTER TABLE `notice` ADD COLUMN `report_copies` INT NOT NULL DEFAULT 0;
