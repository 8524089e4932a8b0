-- As the issues service has them now (its migration 0033); empty in what was copied before, as it is there.
ALTER TABLE `issue`
  ADD COLUMN `relapse_of` BINARY(16) NULL,
  ADD COLUMN `escalation_due` TINYINT NOT NULL DEFAULT 0;

ALTER TABLE `notice` ADD COLUMN `report_copies` INT NOT NULL DEFAULT 0;
