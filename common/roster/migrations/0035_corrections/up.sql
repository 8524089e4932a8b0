-- Identification codes that were recorded for a school in error: who had recorded them, and on which days the school had them.
ALTER TABLE `school_change`
  ADD COLUMN `ident_code_in_error` VARCHAR(10) NOT NULL DEFAULT '',
  ADD COLUMN `code_recorded_by` VARCHAR(200) NOT NULL DEFAULT '',
  ADD COLUMN `code_recorded_from` DATE NULL,
  ADD COLUMN `code_recorded_to` DATE NULL;

-- What of delegations ended with an act, and the school of an assignment that was called off.
ALTER TABLE `inspector_act`
  ADD COLUMN `ended_delegations` MEDIUMTEXT NULL,
  ADD COLUMN `dropped_delegations` MEDIUMTEXT NULL,
  ADD COLUMN `school` BINARY(16) NULL;

ALTER TABLE `recusal` ADD COLUMN `delegations_without_effect` MEDIUMTEXT NULL;
