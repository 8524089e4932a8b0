-- The issues of a visit are asked for by whoever works on it, once a visit: without a key of its own each question reads
-- every issue that the office ever had.
ALTER TABLE `issue` ADD KEY `issue_visit` (`office`, `visit`, `ordinal`);
