"use strict";
// Before the first paint: the stored theme, else what the system prefers.
(() => {
  let stored = null;
  try { stored = localStorage.getItem("culpa-theme"); } catch { /* storage may be forbidden */ }
  const dark = stored ? stored === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
  document.documentElement.classList.add("js");
})();
