// Sets the stored theme. Without one, the theme of the system applies.
{
  let theme = null;
  try {
    theme = localStorage.getItem("otpost-theme");
  } catch {
    // The browser blocks storage: the theme of the system applies.
  }
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
}
