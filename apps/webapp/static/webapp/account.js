// Opening an account, signing in and out. Edits belong to the account they were made under.
import { announce } from "./announce.js";
import { send, Refused, NoAnswer } from "./exchange.js";
import { language, many, t } from "./speech.js";
import * as store from "./store.js";

// Another person's unsent entries are on this device; `discard` tells what to do about it.
export class OthersEntries extends Error {
  constructor(count, email) {
    super(many("account.others", count, { email: email ?? t("account.somebody") }));
    this.count = count;
  }
}

export const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

export async function signUp({ email, password, name }) {
  await send("POST", "/v1/auth/sign-up", { body: { email, password, display_name: name, zone: zone() } });
  await signIn({ email, password, name, locale: language() });
}

// A new account is told the language it was opened in, if that is not the one nobody has to name.
export async function signIn({ email, password, name, locale = "en" }) {
  const state = await store.account();
  const device = { installation: state.installation, name: deviceName(), platform: "web" };
  const session = await send("POST", "/v1/auth/sign-in", { body: { email, password, device } });
  const { athlete_id: athlete, device_id: id, access_token: token } = session;
  if (state.athlete && state.athlete !== athlete) {
    await send("POST", "/v1/auth/sign-out", { token }).catch(() => undefined);
    throw new OthersEntries(await store.unsentCount(), state.email);
  }
  await store.signedIn({ email, athlete, device: id, token, name });
  if (locale !== "en") await store.edit({ type: "athlete_profile", id: athlete, set: { locale } });
  announce("account");
}

// Signs out and wipes, unsent entries included: the caller has asked. The push address goes first,
// so that nothing is sent to a browser nobody is signed in on.
export async function signOut() {
  const { token } = await store.account();
  await stopPush();
  if (token) {
    await send("POST", "/v1/auth/sign-out", { token }).catch((error) => {
      if (!(error instanceof Refused || error instanceof NoAnswer)) throw error; // it ends by itself
    });
  }
  await forget();
}

export async function forget() {
  await store.wipe();
  const registration = await navigator.serviceWorker?.getRegistration("/app").catch(() => undefined);
  for (const shown of await registration?.getNotifications?.() ?? []) shown.close();
  await navigator.clearAppBadge?.().catch(() => undefined);
  announce("account");
}

async function stopPush() {
  try {
    const registration = await navigator.serviceWorker?.getRegistration("/app");
    await (await registration?.pushManager?.getSubscription())?.unsubscribe();
  } catch { /* no push here, nothing to stop */ }
}

function deviceName() {
  const { platform, brands } = navigator.userAgentData ?? {};
  const known = brands?.map(({ brand }) => brand).filter((brand) => !/not/i.test(brand)) ?? [];
  const browser = known.find((brand) => brand !== "Chromium") ?? known[0]
    ?? ["Firefox", "Edg", "Chrome", "Safari"].find((name) => navigator.userAgent.includes(name))?.replace("Edg", "Edge") ?? "Browser";
  return `${browser}${platform ? ` on ${platform}` : ""}`.slice(0, 120);
}
