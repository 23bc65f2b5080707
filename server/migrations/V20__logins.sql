-- The login that owns the schema is another than the one that serves, and need not be a superuser.

DO $$
BEGIN
    -- Functions that run as the owner look up tenants and keys of logs over all tenants, which forced policies would keep from it.
    EXECUTE format('CREATE POLICY look_up ON tenant FOR SELECT TO %I USING (true)', current_user);
    EXECUTE format('ALTER POLICY look_up ON log_key TO %I', current_user);
    -- Commands of the owner write as the server's role does.
    IF NOT pg_has_role(current_user, 'meterpost_server', 'MEMBER') THEN
        EXECUTE format('GRANT meterpost_server TO %I', current_user);
    END IF;
    -- Where the owner was bound by the policies when these were first read, none was found.
    ALTER TABLE log NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE log_key NO FORCE ROW LEVEL SECURITY;
    INSERT INTO log_key (tenant, terminal, epoch, id)
        SELECT DISTINCT tenant, terminal, epoch, log_key_ids(tenant, terminal, epoch, memory) FROM log ON CONFLICT DO NOTHING;
    ALTER TABLE log FORCE ROW LEVEL SECURITY;
    ALTER TABLE log_key FORCE ROW LEVEL SECURITY;
END
$$;

-- Nobody but the owner makes anything in its schema, also where the database is from before PostgreSQL 15.
DO $$
BEGIN
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC', current_schema());
END
$$;
