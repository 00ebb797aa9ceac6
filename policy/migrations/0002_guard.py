from django.db import migrations

GUARDS = """
CREATE FUNCTION policy_guard_drafttext() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    of_draft uuid := CASE TG_OP WHEN 'INSERT' THEN NEW.draft_id ELSE OLD.draft_id END;
BEGIN
    PERFORM FROM public.policy_policydraft
        WHERE id = of_draft AND (submitted_at IS NOT NULL OR published_at IS NOT NULL OR dropped_at IS NOT NULL);
    IF FOUND OR (TG_OP = 'UPDATE' AND NEW.draft_id <> OLD.draft_id) THEN
        RAISE EXCEPTION '% is refused on %: what was submitted does not change.', TG_OP, TG_TABLE_NAME;
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER policy_drafttext_guard BEFORE INSERT OR UPDATE OR DELETE ON policy_drafttext
    FOR EACH ROW EXECUTE FUNCTION policy_guard_drafttext();

CREATE FUNCTION policy_guard_draft() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.dropped_at IS NOT NULL THEN
        RAISE EXCEPTION '% is refused on %: drafts that are over stay as they are.', TG_OP, TG_TABLE_NAME;
    END IF;
    IF OLD.published_at IS NOT NULL AND to_jsonb(NEW) - 'told_at' <> to_jsonb(OLD) - 'told_at' THEN
        RAISE EXCEPTION 'UPDATE is refused on %: what was published does not change.', TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER policy_policydraft_guard BEFORE UPDATE OR DELETE ON policy_policydraft
    FOR EACH ROW EXECUTE FUNCTION policy_guard_draft();
"""

RELEASE = """
DROP TRIGGER policy_drafttext_guard ON policy_drafttext;
DROP FUNCTION policy_guard_drafttext();
DROP TRIGGER policy_policydraft_guard ON policy_policydraft;
DROP FUNCTION policy_guard_draft();
"""


class Migration(migrations.Migration):
    dependencies = [("policy", "0001_drafts")]

    operations = [migrations.RunSQL(GUARDS, RELEASE)]
