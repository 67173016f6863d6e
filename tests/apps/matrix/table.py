"""The matrix: a row for each address, a column for each actor, a cell for the answer.

A0: nobody; OW: the athlete; OT, AD: no relation; K..: coaches; T..: third parties (see the cast).
{id} is the athlete, {team} the coach's own team or, for who is no coach, KD's; the other names are
things of the athlete and of that team. A row is asked of one actor after the other, the athlete
last. What an answer may hold is looked at by canaries, one for each category.
"""

import re
from collections.abc import Iterator

API = """
                                                               A0  OW  OT  KD  KL  KS  KA  KN  K0  KU  KP  KR  TM  TN  TX  AD
POST   /v1/athletes/{id}/sync                                  401 200 403 403 403 403 403 403 403 403 403 403 401 401 401 403
POST   /v1/athletes/{id}/ops                                   401 200 403 403 403 403 403 403 403 403 403 403 401 401 401 403
POST   /v1/athletes/{id}/ops/lookup                            401 200 403 403 403 403 403 403 403 403 403 403 401 401 401 403
GET    /v1/athletes/{id}/changes                               401 200 403 403 403 403 403 403 403 403 403 403 401 401 401 403
GET    /v1/athletes/{id}/digest                                401 200 403 403 403 403 403 403 403 403 403 403 401 401 401 403
GET    /v1/athletes/{id}/records/{workout_session}             401 200 403 403 403 403 403 403 403 403 403 403 401 401 401 403
GET    /v1/athletes/{id}/records/{lab_result}                  401 200 403 403 403 403 403 403 403 403 403 403 401 401 401 403
GET    /v1/athletes/{id}/records/{dxa_scan}                    401 200 403 403 403 403 403 403 403 403 403 403 401 401 401 403
GET    /v1/athletes/{id}/records/{injury}                      401 200 403 403 403 403 403 403 403 403 403 403 401 401 401 403
GET    /v1/athletes/{id}/records/{cycle_log}                   401 200 403 403 403 403 403 403 403 403 403 403 401 401 401 403
GET    /v1/athletes/{id}/records/{lab_result}/versions         401 200 403 403 403 403 403 403 403 403 403 403 401 401 401 403
GET    /v1/athletes/{id}/blobs/{sha256}                        401 200 404 404 404 404 404 404 404 404 404 404 401 401 401 404
GET    /v1/athletes/{id}/summary                               401 200 404 404 404 404 404 404 404 404 404 404 200 403 404 404
GET    /v1/athletes/{id}/summaries                             401 200 404 404 404 404 404 404 404 404 404 404 200 403 404 404
GET    /v1/athletes/{id}/summaries/{before}/diff/{after}       401 200 404 404 404 404 404 404 404 404 404 404 200 403 404 404
GET    /v1/athletes/{id}/observations?code=vitd_25oh           401 200 404 404 404 404 404 404 404 404 404 404 200 403 404 404
GET    /v1/athletes/{id}/trends/vitd_25oh                      401 200 404 404 404 404 404 404 404 404 404 404 200 403 404 404
GET    /v1/athletes/{id}/workouts                              401 200 404 404 404 404 404 404 404 404 404 404 200 200 404 404
GET    /v1/athletes/{id}/fusions                               401 200 404 404 404 404 404 404 404 404 404 404 401 401 401 404
GET    /v1/athletes/{id}/charts/loading                        401 200 404 404 404 404 404 404 404 404 404 404 401 401 401 404
GET    /v1/athletes/{id}/charts/impacts?session={workout_session} 401 200 404 404 404 404 404 404 404 404 404 404 401 401 401 404
GET    /v1/feeds/heads                                         401 200 200 200 200 200 200 200 200 200 200 200 401 401 401 200
POST   /v1/feeds/changes                                       401 200 200 200 200 200 200 200 200 200 200 200 401 401 401 200
GET    /v1/teams                                               401 200 200 200 200 200 200 200 200 200 200 200 401 401 401 200
POST   /v1/teams                                               401 201 201 201 201 201 201 201 201 201 201 201 401 401 401 201
POST   /v1/teams/join                                          401 200 200 200 200 200 200 200 200 200 200 200 401 401 401 200
PATCH  /v1/teams/{team}                                        401 404 404 200 200 200 200 200 200 403 200 200 401 401 401 404
GET    /v1/teams/{team}/coaches                                401 404 404 200 200 200 200 200 200 200 200 200 401 401 401 404
GET    /v1/teams/{team}/panel                                  401 404 404 200 200 200 200 200 200 200 200 200 401 401 401 404
GET    /v1/teams/{team}/panel.csv                              401 404 404 200 200 200 200 200 200 200 200 200 401 401 401 404
GET    /v1/teams/{team}/invitations                            401 404 404 200 200 200 200 200 200 403 200 200 401 401 401 404
POST   /v1/teams/{team}/invitations                            401 404 404 201 201 201 201 201 201 403 201 201 401 401 401 404
DELETE /v1/teams/{team}/invitations/{invitation}               401 404 404 204 204 204 204 204 204 403 204 204 401 401 401 404
GET    /v1/teams/{team}/athletes/{id}                          401 404 404 200 200 200 200 200 404 404 404 404 401 401 401 404
PUT    /v1/teams/{team}/athletes/{id}/tags                     401 404 404 200 200 200 200 200 404 403 404 404 401 401 401 404
DELETE /v1/teams/{team}/athletes/{id}/marks/{mark}             401 404 404 200 200 200 200 200 404 404 404 404 401 401 401 404
GET    /v1/teams/{team}/athletes/{id}/marks                    401 404 404 200 200 200 200 200 404 404 404 404 401 401 401 404
POST   /v1/teams/{team}/athletes/{id}/marks                    401 404 404 201 201 201 201 201 404 404 404 404 401 401 401 404
GET    /v1/teams/{team}/athletes/{id}/notes                    401 404 404 200 200 200 200 200 404 404 404 404 401 401 401 404
POST   /v1/teams/{team}/athletes/{id}/notes                    401 404 404 201 201 201 201 201 404 404 404 404 401 401 401 404
PATCH  /v1/teams/{team}/athletes/{id}/notes/{note}             401 404 404 204 204 204 204 204 404 404 404 404 401 401 401 404
DELETE /v1/teams/{team}/athletes/{id}/notes/{note}             401 404 404 204 204 204 204 204 404 404 404 404 401 401 401 404
POST   /v1/teams/{team}/athletes/{id}/reminder-proposals       401 404 404 403 403 403 201 403 404 404 404 404 401 401 401 404
PUT    /v1/teams/{team}/coaches/{coach}/athletes               401 404 404 200 200 200 200 200 200 403 200 200 401 401 401 404
DELETE /v1/teams/{team}/coaches/{leaver}                       401 404 404 204 204 204 204 204 204 403 204 204 401 401 401 404
POST   /v1/teams/{team}/hand-over                              401 404 404 204 204 204 204 204 204 403 204 204 401 401 401 404
GET    /v1/invitations/{secret}                                401 200 200 200 200 200 200 200 200 200 200 200 401 401 401 200
GET    /v1/invitations/{secret}/preview?categories=sessions    401 200 200 200 200 200 200 200 200 200 200 200 401 401 401 200
POST   /v1/invitations/accept                                  401 200 200 200 200 200 200 200 200 200 200 200 401 401 401 200
POST   /v1/me/guardian-requests                                401 201 404 404 404 404 404 404 404 404 404 404 401 401 401 404
GET    /v1/me/grants                                           401 200 200 200 200 200 200 200 200 200 200 200 401 401 401 200
POST   /v1/me/grants/{grant}/narrow                            401 200 404 404 404 404 404 404 404 404 404 404 401 401 401 404
POST   /v1/me/grants/{grant}/pause                             401 200 404 404 404 404 404 404 404 404 404 404 401 401 401 404
POST   /v1/me/grants/{grant}/resume                            401 200 404 404 404 404 404 404 404 404 404 404 401 401 401 404
POST   /v1/me/grants/{grant}/renew                             401 200 404 404 404 404 404 404 404 404 404 404 401 401 401 404
POST   /v1/me/grants/{grant}/end                               401 200 404 404 404 404 404 404 404 404 404 404 401 401 401 404
GET    /v1/me/access-log                                       401 200 200 200 200 200 200 200 200 200 200 200 401 401 401 200
GET    /v1/me/inbox                                            401 200 200 200 200 200 200 200 200 200 200 200 401 401 401 200
POST   /v1/me/inbox/{reminder}/seen                            401 200 404 404 404 404 404 404 404 404 404 404 401 401 401 404
POST   /v1/me/inbox/{reminder}/answer                          401 200 404 404 404 404 404 404 404 404 404 404 401 401 401 404
GET    /v1/me/preferences                                      401 200 200 200 200 200 200 200 200 200 200 200 401 401 401 200
PATCH  /v1/me/preferences                                      401 200 200 200 200 200 200 200 200 200 200 200 401 401 401 200
GET    /v1/me/reminder-wishes                                  401 200 200 200 200 200 200 200 200 200 200 200 401 401 401 200
POST   /v1/me/reminder-wishes                                  401 201 201 201 201 201 201 201 201 201 201 201 401 401 401 201
PATCH  /v1/me/reminder-wishes/{wish}                           401 200 404 404 404 404 404 404 404 404 404 404 401 401 401 404
DELETE /v1/me/reminder-wishes/{wish}                           401 204 404 404 404 404 404 404 404 404 404 404 401 401 401 404
GET    /v1/me/calendar                                         401 200 200 200 200 200 200 200 200 200 200 200 401 401 401 200
POST   /v1/me/calendar                                         401 201 201 201 201 201 201 201 201 201 201 201 401 401 401 201
DELETE /v1/me/calendar                                         401 204 204 204 204 204 204 204 204 204 204 204 401 401 401 204
GET    /v1/push/config                                         401 200 200 200 200 200 200 200 200 200 200 200 401 401 401 200
POST   /v1/uploads                                             401 201 201 201 201 201 201 201 201 201 201 201 401 401 401 201
HEAD   /v1/uploads/{upload}                                    401 200 404 404 404 404 404 404 404 404 404 404 401 401 401 404
PATCH  /v1/uploads/{upload}                                    401 204 404 404 404 404 404 404 404 404 404 404 401 401 401 404
DELETE /v1/uploads/{upload}                                    401 204 404 404 404 404 404 404 404 404 404 404 401 401 401 404
GET    /v1/devices                                             401 200 200 200 200 200 200 200 200 200 200 200 401 401 401 200
POST   /v1/devices                                             401 200 404 404 404 404 404 404 404 404 404 404 401 401 401 404
PUT    /v1/devices/{device}/push-token                         401 204 404 404 404 404 404 404 404 404 404 404 401 401 401 404
DELETE /v1/devices/{device}/push-token                         401 204 404 404 404 404 404 404 404 404 404 404 401 401 401 404
DELETE /v1/devices/{device}                                    401 204 404 404 404 404 404 404 404 404 404 404 401 401 401 404
POST   /v1/auth/sign-out                                       401 204 204 204 204 204 204 204 204 204 204 204 401 401 401 204
"""  # fmt: skip
PAGES = """
                                                               A0  OW  OT  KD  KL  KS  KA  KN  K0  KU  KP  KR  AD
GET    /me                                                     302 200 200 200 200 200 200 200 200 200 200 200 200
GET    /me/inbox                                               302 200 200 200 200 200 200 200 200 200 200 200 200
GET    /me/preferences                                         302 200 200 200 200 200 200 200 200 200 200 200 200
GET    /me/sharing                                             302 200 200 200 200 200 200 200 200 200 200 200 200
GET    /me/access                                              302 200 200 200 200 200 200 200 200 200 200 200 200
GET    /me/access.csv                                          302 200 200 200 200 200 200 200 200 200 200 200 200
GET    /me/apps                                                302 200 200 200 200 200 200 200 200 200 200 200 200
POST   /me/fusions/{fusion}                                    302 302 404 404 404 404 404 404 404 404 404 404 404
POST   /me/inbox/{reminder}/seen                               302 302 404 404 404 404 404 404 404 404 404 404 404
POST   /me/inbox/{reminder}/answer                             302 302 404 404 404 404 404 404 404 404 404 404 404
POST   /me/notes/{note}/answer                                 302 302 404 404 404 404 404 404 404 404 404 404 404
POST   /me/preferences                                         302 302 302 302 302 302 302 302 302 302 302 302 302
POST   /me/reminder-wishes                                     302 302 302 302 302 302 302 302 302 302 302 302 302
POST   /me/reminder-wishes/{wish}                              302 302 404 404 404 404 404 404 404 404 404 404 404
POST   /me/calendar                                            302 200 200 200 200 200 200 200 200 200 200 200 200
POST   /me/apps/{client}/end                                   302 302 302 302 302 302 302 302 302 302 302 302 302
POST   /invitations                                            302 302 302 302 302 302 302 302 302 302 302 302 302
GET    /invitations/{secret}                                   302 200 200 200 200 200 200 200 200 200 200 200 200
GET    /invitations/{secret}/preview                           302 200 200 200 200 200 200 200 200 200 200 200 200
GET    /coach                                                  302 200 200 302 302 302 302 302 302 302 302 302 200
GET    /coach/join/{joining}                                   302 200 200 200 200 200 200 200 200 200 200 200 200
GET    /coach/teams/{team}                                     302 404 404 200 200 200 200 200 200 200 200 200 404
GET    /coach/teams/{team}/settings                            302 404 404 200 200 200 200 200 200 200 200 200 404
GET    /coach/teams/{team}/invite                              302 404 404 200 200 200 200 200 200 403 200 200 404
GET    /coach/teams/{team}/athletes/{id}                       302 404 404 200 200 200 200 200 404 404 404 404 404
GET    /coach/teams/{team}/athletes/{id}/review                302 404 404 200 200 200 200 200 404 404 404 404 404
GET    /coach/teams/{team}/athletes/{id}/snooze                302 404 404 200 200 200 200 200 404 404 404 404 404
POST   /coach/teams/{team}/athletes/{id}/undo                  302 404 404 302 302 302 302 302 404 404 404 404 404
POST   /coach/teams/{team}/athletes/{id}/review                302 404 404 302 302 302 302 302 404 404 404 404 404
POST   /coach/teams/{team}/athletes/{id}/snooze                302 404 404 302 302 302 302 302 404 404 404 404 404
POST   /coach/teams/{team}/athletes/{id}/nudge                 302 404 404 302 302 302 302 302 404 404 404 404 404
POST   /coach/teams/{team}/athletes/{id}/note                  302 404 404 302 302 302 302 302 404 404 404 404 404
POST   /coach/teams/{team}/athletes/{id}/notes/{note}/take-back 302 404 404 302 302 302 302 302 404 404 404 404 404
POST   /coach/teams/{team}/invite                              302 404 404 200 200 200 200 200 200 403 200 200 404
POST   /coach/teams/{team}/invitations/{invitation}/withdraw   302 404 404 302 302 302 302 302 302 403 302 302 404
POST   /coach/teams/{team}/rename                              302 404 404 302 302 302 302 302 302 403 302 302 404
POST   /coach/teams/{team}/do/tag                              302 404 404 302 302 302 302 302 404 403 404 404 404
POST   /coach/teams/{team}/do/assign                           302 404 404 302 302 302 302 302 302 403 302 302 404
POST   /coach/teams/{team}/do/remove                           302 404 404 302 302 302 302 302 302 403 302 302 404
POST   /coach/teams/{team}/do/archive                          302 404 404 302 302 302 302 302 302 403 302 302 404
POST   /coach/teams/{team}/do/restore                          302 404 404 302 302 302 302 302 302 403 302 302 404
GET    /me/sharing/{grant}/renew                               302 200 404 404 404 404 404 404 404 404 404 404 404
POST   /me/sharing/{grant}/narrow                              302 302 404 404 404 404 404 404 404 404 404 404 404
POST   /me/sharing/{grant}/pause                               302 302 404 404 404 404 404 404 404 404 404 404 404
POST   /me/sharing/{grant}/resume                              302 302 404 404 404 404 404 404 404 404 404 404 404
POST   /me/sharing/{grant}/renew                               302 302 404 404 404 404 404 404 404 404 404 404 404
POST   /me/sharing/{grant}/end                                 302 302 404 404 404 404 404 404 404 404 404 404 404
GET    /admin/                                                 404 404 404 404 404 404 404 404 404 404 404 404 404
"""  # fmt: skip


def rows(table: str) -> Iterator[tuple[str, dict[str, int]]]:
    """Yield each row's address and its cells by actor."""
    head, *lines = table.strip("\n").splitlines()
    for line in lines:
        cells = re.findall(r"(?<= )\d{3}\b", line)
        method, path = line[: line.index(f" {cells[0]}")].split()
        yield f"{method} {path}", dict(zip(head.split(), map(int, cells), strict=True))


def is_page(address: str) -> bool:
    """Return whether a row is of the pages."""
    return not address.partition(" ")[2].startswith("/v1/")
