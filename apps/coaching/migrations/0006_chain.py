"""The access log as a chain that is made, and kept, by the database.

A line gets its number and its digest from a trigger, so whoever may write a line can not write it
without its place. The trigger's function runs as the tables' owner, for whom row-level security is
forced like for everybody: its policies open one athlete's chain, the one the function names.
A line that is there already is left out before the chain moves, since writers count on one line
for each id. Lines are never changed; they go all together, by `coaching_forget_access`.
"""

from django.db import migrations, models

ACTOR = "NULLIF(current_setting('mechanostat.actor', true), '')::uuid"
CHAINED = "NULLIF(current_setting('mechanostat.chain', true), '')::uuid"

COLUMNS = """
ALTER TABLE coaching_accessline ADD COLUMN seq bigint, ADD COLUMN prev bytea,
  ADD COLUMN digest bytea;
ALTER TABLE coaching_accesshead SET (fillfactor = 70);
"""
COLUMNS_BEFORE = "ALTER TABLE coaching_accessline DROP seq, DROP prev, DROP digest;"

# `backend.access_chain` says the same; a test compares the two.
DIGEST = r"""
CREATE FUNCTION coaching_access_digest(prev bytea, seq bigint, athlete uuid, line uuid,
  viewer uuid, team uuid, what text, categories text[], at timestamptz) RETURNS bytea
LANGUAGE sql STABLE AS $$
  SELECT sha256(prev || convert_to(
    seq || E'\n' || athlete || E'\n' || line || E'\n' || viewer || E'\n' || team || E'\n' || what
    || E'\n' || array_to_string(categories, ',') || E'\n'
    || (extract(epoch FROM at) * 1000000)::bigint, 'UTF8'))
$$;
"""
DIGEST_BEFORE = "DROP FUNCTION coaching_access_digest;"

# Those who looked before: in the order of their lines. Only the newest line is told to the feed,
# and by it the head of all.
FILL = """
ALTER TABLE coaching_accessline NO FORCE ROW LEVEL SECURITY;
DO $$
DECLARE
  l coaching_accessline;
  last_athlete uuid;
  last_seq bigint;
  last_digest bytea;
  made bytea;
BEGIN
  FOR l IN SELECT * FROM coaching_accessline ORDER BY athlete_id, at, id LOOP
    IF l.athlete_id IS DISTINCT FROM last_athlete THEN
      last_athlete := l.athlete_id; last_seq := 0; last_digest := decode(repeat('00', 32), 'hex');
    END IF;
    last_seq := last_seq + 1;
    made := coaching_access_digest(last_digest, last_seq, l.athlete_id, l.id, l.viewer_id,
                                   l.team_id, l.what, l.categories::text[], l.at);
    UPDATE coaching_accessline SET seq = last_seq, prev = last_digest, digest = made
      WHERE athlete_id = l.athlete_id AND id = l.id;
    last_digest := made;
  END LOOP;
END $$;
INSERT INTO coaching_accesshead (athlete_id, seq, digest)
  SELECT DISTINCT ON (athlete_id) athlete_id, seq, digest FROM coaching_accessline
  ORDER BY athlete_id, seq DESC;
INSERT INTO coaching_accessplace (athlete_id, told_seq, due_at)
  SELECT athlete_id, seq - 1, now() FROM coaching_accesshead;
ALTER TABLE coaching_accessline FORCE ROW LEVEL SECURITY;
"""
WHOLE = """
ALTER TABLE coaching_accessline ALTER seq SET NOT NULL, ALTER prev SET NOT NULL,
  ALTER digest SET NOT NULL;
"""

WALLS = """
ALTER TABLE coaching_accesshead ENABLE ROW LEVEL SECURITY;
ALTER TABLE coaching_accesshead FORCE ROW LEVEL SECURITY;
CREATE POLICY coaching_accesshead_own ON coaching_accesshead FOR SELECT TO mechanostat_app
  USING (athlete_id = {actor});
REVOKE INSERT, UPDATE, DELETE ON coaching_accesshead FROM mechanostat_app;
CREATE POLICY coaching_accesshead_chain ON coaching_accesshead TO CURRENT_USER
  USING (athlete_id = {chained}) WITH CHECK (athlete_id = {chained});
CREATE POLICY coaching_accessline_chain ON coaching_accessline FOR SELECT TO CURRENT_USER
  USING (athlete_id = {chained});
CREATE POLICY coaching_accessline_forget ON coaching_accessline FOR DELETE TO CURRENT_USER
  USING (athlete_id = {chained});
"""
WALLS_BEFORE = """
DROP POLICY coaching_accessline_forget ON coaching_accessline;
DROP POLICY coaching_accessline_chain ON coaching_accessline;
"""

# Whoever comes second waits at the head, and then sees what the first wrote.
CHAIN = """
CREATE FUNCTION coaching_access_chain() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  head coaching_accesshead;
BEGIN
  IF NEW.what !~ '^[a-z0-9_.:-]+$' OR array_ndims(NEW.categories) > 1
    OR EXISTS (SELECT FROM unnest(NEW.categories) c WHERE c IS NULL OR c !~ '^[a-z0-9_.:-]+$')
  THEN
    RAISE EXCEPTION 'an access line holds a word that could be read in two ways'
      USING ERRCODE = 'MS003';
  END IF;
  PERFORM set_config('mechanostat.chain', NEW.athlete_id::text, true);
  IF EXISTS (SELECT FROM coaching_accessline l
             WHERE l.athlete_id = NEW.athlete_id AND l.id = NEW.id) THEN
    RETURN NULL;
  END IF;
  SELECT * INTO head FROM coaching_accesshead h WHERE h.athlete_id = NEW.athlete_id FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO coaching_accesshead (athlete_id, seq, digest)
      VALUES (NEW.athlete_id, 0, decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING;
    SELECT * INTO head FROM coaching_accesshead h WHERE h.athlete_id = NEW.athlete_id FOR UPDATE;
  END IF;
  IF EXISTS (SELECT FROM coaching_accessline l
             WHERE l.athlete_id = NEW.athlete_id AND l.id = NEW.id) THEN
    RETURN NULL;
  END IF;
  NEW.seq := head.seq + 1;
  NEW.prev := head.digest;
  NEW.digest := coaching_access_digest(NEW.prev, NEW.seq, NEW.athlete_id, NEW.id, NEW.viewer_id,
                                       NEW.team_id, NEW.what, NEW.categories::text[], NEW.at);
  UPDATE coaching_accesshead SET seq = NEW.seq, digest = NEW.digest
    WHERE athlete_id = NEW.athlete_id;
  INSERT INTO coaching_accessplace AS p (athlete_id, told_seq, due_at)
    VALUES (NEW.athlete_id, 0, now())
    ON CONFLICT (athlete_id) DO UPDATE SET due_at = EXCLUDED.due_at
    WHERE p.due_at IS NULL OR p.due_at > EXCLUDED.due_at;
  RETURN NEW;
END $$;
REVOKE EXECUTE ON FUNCTION coaching_access_chain FROM PUBLIC;
CREATE TRIGGER coaching_accessline_chain BEFORE INSERT ON coaching_accessline
  FOR EACH ROW EXECUTE FUNCTION coaching_access_chain();
"""
CHAIN_BEFORE = """
DROP TRIGGER coaching_accessline_chain ON coaching_accessline;
DROP FUNCTION coaching_access_chain;
"""

KEPT = """
CREATE FUNCTION coaching_access_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF current_setting('mechanostat.forgetting', true) = OLD.athlete_id::text THEN
      RETURN OLD;
    END IF;
  ELSIF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'coaching_accesshead' THEN
    IF NEW.athlete_id = OLD.athlete_id AND NEW.seq = OLD.seq + 1 THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'the access log is never changed' USING ERRCODE = 'MS002';
END $$;
CREATE TRIGGER coaching_accessline_kept BEFORE UPDATE OR DELETE ON coaching_accessline
  FOR EACH ROW EXECUTE FUNCTION coaching_access_kept();
CREATE TRIGGER coaching_accessline_whole BEFORE TRUNCATE ON coaching_accessline
  FOR EACH STATEMENT EXECUTE FUNCTION coaching_access_kept();
CREATE TRIGGER coaching_accesshead_kept BEFORE UPDATE OR DELETE ON coaching_accesshead
  FOR EACH ROW EXECUTE FUNCTION coaching_access_kept();
CREATE TRIGGER coaching_accesshead_whole BEFORE TRUNCATE ON coaching_accesshead
  FOR EACH STATEMENT EXECUTE FUNCTION coaching_access_kept();
"""
KEPT_BEFORE = """
DROP TRIGGER coaching_accesshead_whole ON coaching_accesshead;
DROP TRIGGER coaching_accesshead_kept ON coaching_accesshead;
DROP TRIGGER coaching_accessline_whole ON coaching_accessline;
DROP TRIGGER coaching_accessline_kept ON coaching_accessline;
DROP FUNCTION coaching_access_kept;
"""

# The right to be forgotten: everything or nothing, and only by whom it is about.
FORGET = """
CREATE FUNCTION coaching_forget_access(who uuid) RETURNS bigint LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  gone bigint;
BEGIN
  IF who IS DISTINCT FROM {actor} THEN
    RAISE EXCEPTION 'an access log is forgotten by its athlete only' USING ERRCODE = 'MS002';
  END IF;
  PERFORM set_config('mechanostat.chain', who::text, true);
  PERFORM set_config('mechanostat.forgetting', who::text, true);
  PERFORM FROM coaching_accesshead WHERE athlete_id = who FOR UPDATE;
  DELETE FROM coaching_accessline WHERE athlete_id = who;
  GET DIAGNOSTICS gone = ROW_COUNT;
  DELETE FROM coaching_accesshead WHERE athlete_id = who;
  DELETE FROM coaching_accessplace WHERE athlete_id = who;
  PERFORM set_config('mechanostat.forgetting', '', true);
  RETURN gone;
END $$;
REVOKE EXECUTE ON FUNCTION coaching_forget_access FROM PUBLIC;
GRANT EXECUTE ON FUNCTION coaching_forget_access TO mechanostat_app;
"""
FORGET_BEFORE = "DROP FUNCTION coaching_forget_access;"


def with_actor(text: str) -> str:
    """Return a statement with who acts, and whose chain it is."""
    return text.format(actor=ACTOR, chained=CHAINED)


class Migration(migrations.Migration):
    dependencies = [("coaching", "0005_walls_of_teams")]
    operations = [
        migrations.CreateModel(
            name="AccessHead",
            fields=[
                ("athlete_id", models.UUIDField(primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField()),
                ("digest", models.BinaryField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name="AccessPlace",
            fields=[
                ("athlete_id", models.UUIDField(primary_key=True, serialize=False)),
                ("told_seq", models.BigIntegerField()),
                ("due_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        "due_at",
                        condition=models.Q(("due_at__isnull", False)),
                        name="coaching_accessplace_due",
                    )
                ]
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(COLUMNS, COLUMNS_BEFORE),
                migrations.RunSQL(DIGEST, DIGEST_BEFORE),
                migrations.RunSQL(FILL, migrations.RunSQL.noop),
                migrations.RunSQL(WHOLE, migrations.RunSQL.noop),
            ],
            state_operations=[
                migrations.AddField("accessline", "seq", models.BigIntegerField()),
                migrations.AddField("accessline", "prev", models.BinaryField(max_length=32)),
                migrations.AddField("accessline", "digest", models.BinaryField(max_length=32)),
            ],
        ),
        migrations.AddConstraint(
            "accessline",
            models.UniqueConstraint(fields=["athlete_id", "seq"], name="coaching_accessline_dense"),
        ),
        migrations.RunSQL(with_actor(WALLS), WALLS_BEFORE),
        migrations.RunSQL(CHAIN, CHAIN_BEFORE),
        migrations.RunSQL(KEPT, KEPT_BEFORE),
        migrations.RunSQL(with_actor(FORGET), FORGET_BEFORE),
    ]
