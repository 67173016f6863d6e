// The app's one database. Everything that belongs together changes in one transaction.
const NAME = "mechanostat";
const STEPS = [
  (db) => {
    db.createObjectStore("state", { keyPath: "one" });
    db.createObjectStore("outbox", { keyPath: "position" });
    const records = db.createObjectStore("records", { keyPath: "id" });
    records.createIndex("type_day", ["type", "day"]);
    db.createObjectStore("held", { keyPath: "id" });
    db.createObjectStore("want", { keyPath: "id" });
    db.createObjectStore("attention", { keyPath: "op" });
    db.createObjectStore("receipts", { keyPath: "op" });
    db.createObjectStore("shown", { keyPath: "id" });
  },
];
export const STORES = ["state", "outbox", "records", "held", "want", "attention", "receipts", "shown"];

let opened;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, STEPS.length);
    request.onupgradeneeded = ({ oldVersion }) => {
      for (const step of STEPS.slice(oldVersion)) step(request.result);
    };
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const db = request.result;
      const forget = () => { opened = undefined; };
      db.onclose = forget;
      db.onversionchange = () => { db.close(); forget(); }; // a newer release is opening
      resolve(db);
    };
  }).catch((error) => { opened = undefined; throw error; });
  return opened;
}

const answer = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

const tables = (transaction) => {
  const store = (name) => transaction.objectStore(name);
  return {
    get: (name, key) => answer(store(name).get(key)),
    all: (name) => answer(store(name).getAll()),
    put: (name, value) => answer(store(name).put(value)),
    remove: (name, key) => answer(store(name).delete(key)),
    clear: (name) => answer(store(name).clear()),
    // The newest by day first, `limit` at most.
    newest: (name, index, range, limit) => new Promise((resolve, reject) => {
      const found = [], request = store(name).index(index).openCursor(range, "prev");
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const cursor = request.result;
        if (!cursor || found.length >= limit) return resolve(found);
        found.push(cursor.value);
        cursor.continue();
      };
    }),
  };
};

// Run `work` in one transaction and return what it returned once that is on the disk; if
// anything fails nothing was changed. `work` may wait for nothing but the tables.
async function run(mode, work) {
  const db = await open();
  const transaction = db.transaction(STORES, mode, { durability: mode === "readwrite" ? "strict" : "default" });
  const over = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error ?? new Error("the transaction was aborted"));
  });
  try {
    const result = await work(tables(transaction));
    await over;
    return result;
  } catch (error) {
    try { transaction.abort(); } catch { /* it has ended by itself */ }
    await over.catch(() => undefined);
    throw error;
  }
}

export const reading = (work) => run("readonly", work);
export const writing = (work) => run("readwrite", work);
