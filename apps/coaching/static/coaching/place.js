// Where the reader is on the page, held through a change of it.

// Runs `change`, and leaves focus on the same element and the same row at the same height.
export function holdingPlace(roster, change) {
  const active = roster.contains(document.activeElement) ? document.activeElement : null;
  const row = active?.closest("[data-row]") ?? null;
  const after = row && following(roster, row);
  const anchor = anchorOf(roster, row);
  change();
  if (active && !active.isConnected) focusInstead(roster, row, after);
  else if (active && document.activeElement !== active) active.focus({ preventScroll: true });
  anchor?.hold();
}

// The row in use if it can be seen, else the first one that can; one that changed its group may
// be anywhere then, and does not take the reader along.
function anchorOf(roster, row) {
  const seen = shownRows(roster).filter(isSeen);
  const candidates = row && isSeen(row) ? [row, ...seen] : seen;
  const places = candidates.map((each) => [each, each.parentNode, topOf(each)]);
  if (!places.length) return null;
  return {
    hold() {
      const stayed = places.find(([each, parent]) => each.isConnected && each.parentNode === parent);
      if (!stayed) return;
      const moved = topOf(stayed[0]) - stayed[2];
      if (moved) window.scrollBy({ top: moved, behavior: "instant" });
    },
  };
}

// A row that is gone takes no focus with it: the one after it has it, else the page.
function focusInstead(roster, row, after) {
  const row2 = row?.isConnected ? row : after.find((each) => each.isConnected);
  const target = row2?.querySelector("[data-action=open]") ?? document.getElementById("main");
  target.focus({ preventScroll: true });
}

export function shownRows(roster) {
  return [...roster.querySelectorAll("[data-row]")].filter((row) => row.getClientRects().length);
}

function following(roster, row) {
  const rows = shownRows(roster);
  const index = rows.indexOf(row);
  return [...rows.slice(index + 1), ...rows.slice(0, index).reverse()];
}

function isSeen(row) {
  const box = row.getBoundingClientRect();
  return box.height > 0 && box.bottom > 0 && box.top < window.innerHeight;
}

function topOf(row) {
  return row.getBoundingClientRect().top;
}
