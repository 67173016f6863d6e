"""What beat says and how often: only "look"; what is due stands in rows."""

from apps.common.jobs import Job

BEAT = {
    "sweep-stale": {"task": Job.RECOMPUTE.value, "schedule": 10.0},
    "sweep-reminders": {"task": Job.DELIVER_REMINDERS.value, "schedule": 30.0},
    "sweep-uploads": {"task": Job.SWEEP_UPLOADS.value, "schedule": 60.0},
    "tell-looks": {"task": Job.TELL_LOOKS.value, "schedule": 60.0},
    "tell-consents": {"task": Job.TELL_CONSENTS.value, "schedule": 10.0},
    "new-day": {"task": Job.START_DAY.value, "schedule": 600.0},
}
# Only where the operator wants deletions purged.
PURGE = {"purge-tombstones": {"task": Job.PURGE_TOMBSTONES.value, "schedule": 300.0}}
