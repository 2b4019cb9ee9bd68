// The colours that the visitor chose, before anything is painted (blocking="render"); hub.js has the switch.
try {
  const theme = localStorage.getItem("hub-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is forbidden here: the page looks as the system says.
}
