-- Rules that two persons set: until another has approved one it decides nothing.
ALTER TABLE `policy_rule`
  ADD COLUMN `awaits_approval` TINYINT NOT NULL DEFAULT 0,
  ADD COLUMN `proposed_by` VARCHAR(255) NOT NULL DEFAULT '',
  ADD COLUMN `approved_by` VARCHAR(255) NOT NULL DEFAULT '';
