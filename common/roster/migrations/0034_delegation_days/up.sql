-- Which delegations of an office hold on a day: for plans, coverage and figures, which ask for all of them. Most of what
-- an office ever recorded has ended by then.
ALTER TABLE `delegation` ADD KEY `delegation_days` (`office`, `valid_to`, `valid_from`);
