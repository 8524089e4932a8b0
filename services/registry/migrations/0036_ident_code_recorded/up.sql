-- Who recorded a code for a school, and on which day of the office: a correction tells it. Not known of codes of before, and
-- of those that were taken over from another registry.
ALTER TABLE `school_ident_code`
  ADD COLUMN `recorded_by` VARCHAR(200) NOT NULL DEFAULT '',
  ADD COLUMN `recorded_on` DATE NULL;
