-- Whether a school heard of a visit earlier than the office's rule allows; and the last inspection of a kind is looked
-- for by its day.
ALTER TABLE `visit`
  ADD COLUMN `notified_early` TINYINT NOT NULL DEFAULT 0,
  ADD KEY `visit_held` (`office`, `type`, `held_day`);
