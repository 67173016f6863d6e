import pytest, re
from playwright.sync_api import expect
pytestmark=[pytest.mark.browser]
def test_try(devices):
    p=devices.person()
    app=devices.app()
    print(app.said, app.page.inner_text("body"))
    app.page.screenshot(path="/tmp/pwa_door.png")
    app.sign_in(p.user.email)
    app.page.wait_for_timeout(1500)
    print(app.said, app.page.inner_text("body"))
    app.add_workout(); app.add_vitamin_d()
    app.is_sent()
    app.page.screenshot(path="/tmp/pwa_lab.png")
    devices.work()
    app.go("#/today"); app.page.wait_for_timeout(5000)
    app.page.screenshot(path="/tmp/pwa_today.png", full_page=True)
    for s in ("inbox","entries","settings","workout"):
        app.go("#/"+s); app.page.wait_for_timeout(700)
        app.page.screenshot(path=f"/tmp/pwa_{s}.png", full_page=True)
    print(app.said)
