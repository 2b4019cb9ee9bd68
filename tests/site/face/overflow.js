// What is wider than the window, and words that are cut off at a side. What may be moved sideways by itself, such as a
// table, is wide with a purpose; what is a pixel or two wide is for the ears.
() => {
  const root = document.documentElement;
  const width = root.clientWidth;
  const name = element => {
    const classes = [...element.classList].map(one => '.' + one).join('');
    return element.localName + classes;
  };
  const clips = element => getComputedStyle(element).overflowX !== 'visible';
  const aside = element => {
    const style = getComputedStyle(element);
    return style.clipPath !== 'none' || style.clip !== 'auto' || element.getBoundingClientRect().width <= 2;
  };
  const holder = element => {
    for (let above = element; above && above !== document.body; above = above.parentElement) {
      if (aside(above)) return 'unseen';
      if (clips(above)) return above;
    }
    return null;
  };
  const found = new Set();
  if (root.scrollWidth > width) found.add(`the page is ${root.scrollWidth} wide in a window of ${width}`);
  for (const element of document.body.querySelectorAll('*')) {
    if (!element.checkVisibility({visibilityProperty: true})) continue;
    const box = element.getBoundingClientRect();
    if (!box.width || (box.right <= width + 1 && box.left >= -1)) continue;
    if (holder(element) === null) found.add(`${name(element)} goes from ${Math.round(box.left)} to ${Math.round(box.right)} of ${width}`);
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (walker.nextNode()) {
    const text = walker.currentNode;
    const element = text.parentElement;
    if (!text.data.trim() || !element.checkVisibility({visibilityProperty: true})) continue;
    const over = holder(element);
    if (over === null || over === 'unseen') continue;
    const style = getComputedStyle(over);
    if (/auto|scroll/.test(style.overflowX) || style.textOverflow === 'ellipsis') continue;
    range.selectNodeContents(text);
    const box = range.getBoundingClientRect();
    const edge = over.getBoundingClientRect();
    if (box.width && (box.right > edge.right + 1 || box.left < edge.left - 1))
      found.add(`"${text.data.trim().slice(0, 30)}" of ${name(element)} is cut off by ${name(over)}`);
  }
  return [...found].slice(0, 5);
}
