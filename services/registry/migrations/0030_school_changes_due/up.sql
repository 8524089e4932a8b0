-- What is scheduled is looked for office by office, by its day.
ALTER TABLE `school_change` ADD KEY `school_change_due` (`state`, `office`, `effective_date`, `school_change`);
