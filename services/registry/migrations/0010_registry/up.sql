-- What only the owner of the registry's facts enforces: numbers that are unique while they are in use. Columns that are
-- NULL where there is no number keep the unique keys portable (neither server has partial indexes).
ALTER TABLE `school`
  ADD COLUMN `ident_code_in_use` VARCHAR(10)
    GENERATED ALWAYS AS (CASE WHEN `ident_code` = '' OR `state` IN (4, 5) THEN NULL ELSE `ident_code` END) VIRTUAL,
  ADD COLUMN `external_id_given` VARCHAR(40)
    GENERATED ALWAYS AS (CASE WHEN `external_id` = '' THEN NULL ELSE `external_id` END) VIRTUAL,
  ADD UNIQUE KEY `school_ident_code_unique` (`ident_code_in_use`),
  ADD UNIQUE KEY `school_number_unique` (`office`, `external_id_given`);

ALTER TABLE `inspector` ADD UNIQUE KEY `inspector_number_unique` (`office`, `work_number`);

ALTER TABLE `staff_member` ADD UNIQUE KEY `staff_number_unique` (`office`, `work_number`);

ALTER TABLE `supervisor`
  ADD COLUMN `work_number_given` VARCHAR(40)
    GENERATED ALWAYS AS (CASE WHEN `work_number` = '' THEN NULL ELSE `work_number` END) VIRTUAL,
  ADD UNIQUE KEY `supervisor_number_unique` (`office`, `work_number_given`);

ALTER TABLE `certificate` ADD UNIQUE KEY `certificate_number_unique` (`office`, `number`);

ALTER TABLE `policy_rule` ADD UNIQUE KEY `policy_rule_begin_unique` (`office`, `key`, `valid_from`);
