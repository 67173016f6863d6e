// Preselects the browser's time zone; without this the person picks it from the list.
const zone = document.getElementById("zone");
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone.value === "UTC" && [...zone.options].some((option) => option.value === here)) {
  zone.value = here;
}
