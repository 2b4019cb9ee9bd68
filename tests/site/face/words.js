// The words that stand over a picture: where each line of them is, in the page, and in which colour. Everything that a
// browser would leave for later is made to be there, and with `hide` the letters themselves are not.
async hide => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('*, *::before, *::after { content-visibility: visible !important; '
    + 'animation: none !important; transition: none !important }');
  const gone = new CSSStyleSheet();
  gone.replaceSync('*, *::before, *::after { -webkit-text-fill-color: transparent !important; '
    + 'text-decoration-color: transparent !important; text-shadow: none !important; caret-color: transparent !important }');
  const ours = document.adoptedStyleSheets.filter(one => !one.__words);
  sheet.__words = gone.__words = true;
  document.adoptedStyleSheets = [...ours, sheet, ...(hide ? [gone] : [])];
  if (hide) return [];
  for (const image of document.images) image.loading = 'eager';
  await Promise.all([...document.images].map(image => image.decode().catch(() => null)));

  const shown = element => element.checkVisibility({visibilityProperty: true, opacityProperty: true});
  const pictures = [...document.querySelectorAll('body *')].filter(element =>
    shown(element) && (/^(?:img|video|canvas)$/.test(element.localName)
      || getComputedStyle(element).backgroundImage.includes('url(')));
  const boxes = pictures.map(element => element.getBoundingClientRect()).filter(box => box.width > 40 && box.height > 40);
  const over = box => boxes.some(one =>
    box.left < one.right - 1 && box.right > one.left + 1 && box.top < one.bottom - 1 && box.bottom > one.top + 1);
  // What of a line is seen: lines over the fold of a clamped card, and words for the ears alone, are not.
  const seen = (line, element) => {
    let {left, top, right, bottom} = line;
    for (let above = element; above && above !== document.body; above = above.parentElement) {
      const style = getComputedStyle(above);
      if (style.clipPath !== 'none' || style.clip !== 'auto') return false;
      if (style.overflow === 'visible' || style.display === 'inline') continue;
      const edge = above.getBoundingClientRect();
      left = Math.max(left, edge.left), right = Math.min(right, edge.right);
      top = Math.max(top, edge.top), bottom = Math.min(bottom, edge.bottom);
    }
    return right - left > line.width / 2 && bottom - top > line.height / 2;
  };
  const sort = element => {
    let said = '';
    for (let above = element, height = 0; above && height < 3; above = above.parentElement, height += 1)
      said += `<${above.localName}.${[...above.classList].filter(one => !/\d/.test(one)).join('.')}`;
    return said;
  };
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
  const parts = colour => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (walker.nextNode()) {
    const text = walker.currentNode;
    const element = text.parentElement;
    if (!text.data.trim() || !shown(element) || element.closest('svg, [aria-hidden=true]')) continue;
    range.selectNodeContents(text);
    const style = getComputedStyle(element);
    for (const line of range.getClientRects()) {
      if (line.width < 3 || line.height < 3 || !over(line) || !seen(line, element)) continue;
      found.push({
        words: text.data.trim().slice(0, 40), colour: parts(style.color), sort: sort(element),
        box: [line.left + scrollX, line.top + scrollY, line.right + scrollX, line.bottom + scrollY].map(Math.round),
      });
    }
  }
  return found;
}
