"""Celery's settings. Order that must hold: soft < hard < lease < visibility."""

from django.conf import settings

from config.schedule import BEAT, PURGE

broker_url = settings.BROKER_URL
broker_connection_retry_on_startup = True
broker_connection_max_retries = None
broker_transport_options = {
    "visibility_timeout": 120,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 10,
}
# What the web process puts in its place: a push never waits for a broker that is away, the row
# it wrote is found by the sweep. Without `max_retries` kombu tries for six seconds.
WEB_TRANSPORT = {
    **broker_transport_options,
    "socket_timeout": 0.2,
    "socket_connect_timeout": 0.2,
    "max_retries": 0,
}
result_backend = None
task_ignore_result = True
task_serializer = "json"
accept_content = ["json"]
task_acks_late = True
task_reject_on_worker_lost = True
task_acks_on_failure = True
task_acks_on_timeout = True
task_soft_time_limit = 20
task_time_limit = 30
task_publish_retry = False
worker_prefetch_multiplier = 1
worker_max_tasks_per_child = 1000
worker_max_memory_per_child = 300_000
worker_cancel_long_running_tasks_on_connection_loss = True
worker_send_task_events = False
worker_hijack_root_logger = False
enable_utc = True
timezone = "UTC"
beat_schedule = BEAT | PURGE if settings.PURGE_TOMBSTONES else BEAT
imports = ("tasks.coaching", "tasks.insights", "tasks.reminders", "tasks.sync", "tasks.uploads")
