-- What the ride needs of its driver beside the class, as `Asked` of `kernel/needs.py` has it.
alter table match_requests add column needs jsonb not null default '{}';
