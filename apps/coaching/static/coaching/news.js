// Follows a team's stream of news through every loss of the connection.

const FIRST_MS = 5_000;
const LONGEST_MS = 60_000;

// How long to wait after so many failures in a row: longer each time, and not all pages together.
export function waitMs(failures) {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** failures);
  return longest * (0.5 + Math.random() / 2);
}

// Calls `changed` when there is something to fetch, `gone` with a code when the right ended, and
// `state` with "live", "reconnecting" or "offline". A stream that is refused may mean any of these:
// then `changed` is called too, and what the page's own request finds decides.
export function followNews(url, { changed, gone, state }) {
  let failures = 0;
  let source = null;

  function open() {
    source = new EventSource(url, { withCredentials: true });
    source.addEventListener("open", () => {
      failures = 0;
      state("live");
    });
    source.addEventListener("panel", changed);
    source.addEventListener("gone", (event) => {
      source.close();
      gone(event.data);
    });
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CONNECTING) {
        state("reconnecting"); // the browser comes back by itself, also after a full lifetime
        return;
      }
      state("offline");
      changed();
      setTimeout(open, waitMs(failures++));
    });
  }

  open();
  return () => source.close();
}
