-- What somebody did is asked for, too: for the log of events, and for their own data.
CREATE INDEX IF NOT EXISTS security_event_actor ON security_event (actor_id, id);
