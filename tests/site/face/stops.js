// Makes window.__stops, which follows the focus through a page: what there is to reach, and of each stop where it is,
// whether it is seen, and whether those before it stand before it for the eye, too.
() => {
  const named = element => {
    const classes = [...element.classList].map(one => '.' + one).join('');
    const words = (element.innerText || element.getAttribute('aria-label') || element.value || '').trim().slice(0, 30);
    const card = element.closest('article, li, section, nav, header, footer, dialog, form');
    const place = card && card !== element ? `${card.localName}${[...card.classList].map(one => '.' + one).join('')} ` : '';
    return `${place}${element.localName}${classes} "${words}"`;
  };
  const wanted = 'a[href], area[href], button, input, select, textarea, summary, iframe, audio[controls], '
    + 'video[controls], [contenteditable], [tabindex]';
  const seen = element => element.checkVisibility({visibilityProperty: true, opacityProperty: true});
  const grouped = element => element.type === 'radio' && element.name && !element.checked
    && document.querySelector(`input[type=radio][name="${CSS.escape(element.name)}"]:checked`);
  const all = [...document.querySelectorAll(wanted)].filter(element =>
    element.tabIndex >= 0 && !element.disabled && !element.closest('[inert]') && seen(element) && !grouped(element));
  const reached = new Set();
  const rtl = element => getComputedStyle(element).direction === 'rtl';

  // The box of an element, or where it has none of its own (display: contents), of what is in it.
  const box = element => {
    const own = element.getBoundingClientRect();
    if (own.width || own.height || !element.firstElementChild) return own;
    const boxes = [...element.children].map(box).filter(one => one.width || one.height);
    if (!boxes.length) return own;
    const left = Math.min(...boxes.map(one => one.left)), top = Math.min(...boxes.map(one => one.top));
    const right = Math.max(...boxes.map(one => one.right)), bottom = Math.max(...boxes.map(one => one.bottom));
    return {left, top, right, bottom, width: right - left, height: bottom - top};
  };
  // Words that go on in a second line have a box of their own in each.
  const first = element => element.getClientRects()[0] ?? element.getBoundingClientRect();
  const last = element => [...element.getClientRects()].at(-1) ?? element.getBoundingClientRect();

  // Where the ways to two elements part: the two that stand beside each other, each of which holds one of them.
  const parting = (one, other) => {
    let above = one;
    while (!above.parentElement.contains(other)) above = above.parentElement;
    const common = above.parentElement;
    if (common === other || above.contains(other)) return null;
    let beside = other;
    while (beside.parentElement !== common) beside = beside.parentElement;
    return [above, beside];
  };
  const floats = element => /fixed|sticky/.test(getComputedStyle(element).position);
  const backwards = (from, to) => {
    const parted = parting(from, to);
    if (!parted || parted.some(floats)) return false;
    const [a, b] = [parted[0] === from ? last(from) : box(parted[0]), parted[1] === to ? first(to) : box(parted[1])];
    if (!a.width || !b.width) return false;
    const above = b.bottom <= a.top + 2;
    const level = b.top < a.bottom - 2 && b.bottom > a.top + 2;
    const ahead = rtl(parted[0].parentElement) ? b.left >= a.right - 2 : b.right <= a.left + 2;
    // Of two that are level, one that begins lower is read later, wherever it stands.
    const begins = b.top <= a.top + 2;
    // Columns are read one after the other: up again, but ahead.
    const parent = parted[0].parentElement;
    const style = getComputedStyle(parent);
    const columns = style.columnCount !== 'auto' || style.columnWidth !== 'auto';
    if (above && columns && (rtl(parent) ? b.right <= a.left + 2 : b.left >= a.right - 2)) return false;
    return above || (level && ahead && begins);
  };

  const covered = element => {
    const shown = [...element.getClientRects()].filter(one => one.width && one.height);
    const inside = one => one.right > 0 && one.bottom > 0 && one.left < innerWidth && one.top < innerHeight;
    const visible = shown.filter(inside);
    if (!visible.length) return 'is out of view';
    for (const one of visible) {
      const x = (Math.max(one.left, 0) + Math.min(one.right, innerWidth)) / 2;
      const y = (Math.max(one.top, 0) + Math.min(one.bottom, innerHeight)) / 2;
      const top = document.elementFromPoint(x, y);
      if (top && (element.contains(top) || top.contains(element) || top.closest('label')?.control === element)) return '';
    }
    const one = visible[0];
    const over = document.elementFromPoint((one.left + one.right) / 2, (one.top + one.bottom) / 2);
    return `is covered by ${over ? named(over) : 'nothing that can be asked'}`;
  };

  // The ring is drawn around the element, around what lies stretched over its card, or by the card itself.
  const ring = element => {
    const drawn = (one, part) => {
      const style = getComputedStyle(one, part);
      return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow.includes('0px 0px 0px');
    };
    if (drawn(element) || drawn(element, '::after') || drawn(element, '::before')) return element;
    for (let above = element.parentElement; above && above !== document.body; above = above.parentElement)
      if (drawn(above)) return above;
    return null;
  };

  // What sort of stop it is, by the classes of its place; numbers in them are of one element alone.
  const sort = element => {
    let said = '';
    for (let above = element, height = 0; above && height < 3; above = above.parentElement, height += 1)
      said += `<${above.localName}.${[...above.classList].filter(one => !/\d/.test(one)).join('.')}`;
    return said;
  };

  let before = null;
  const visit = () => {
    const element = document.activeElement;
    if (!element || element === document.body || element === document.documentElement) return {over: true};
    if (reached.has(element)) return {over: true};
    reached.add(element);
    const faults = [];
    if (element.tabIndex > 0) faults.push(`${named(element)} has a place of its own in the order`);
    const hidden = covered(element);
    if (hidden) faults.push(`${named(element)} has the focus and ${hidden}`);
    if (before && backwards(before, element)) faults.push(`the focus goes back from ${named(before)} to ${named(element)}`);
    if (!element.matches(':focus-visible')) faults.push(`${named(element)} has the focus and does not show it`);
    before = element;
    // Whose ring it is: a stretched link's is that of its card.
    const drawn = ring(element);
    if (!drawn) faults.push(`${named(element)} has the focus and no ring`);
    const around = [element, drawn ?? element].map(one => one.getBoundingClientRect());
    const stretched = getComputedStyle(element, '::after');
    if (drawn === element && stretched.content !== 'none' && stretched.position === 'absolute') {
      let holder = element;
      while (holder && getComputedStyle(holder).position === 'static') holder = holder.parentElement;
      if (holder) around.push(holder.getBoundingClientRect());
    }
    const left = Math.min(...around.map(one => one.left)), top = Math.min(...around.map(one => one.top));
    const right = Math.max(...around.map(one => one.right)), bottom = Math.max(...around.map(one => one.bottom));
    return {
      over: false, faults, name: named(element), sort: sort(element),
      box: {x: left, y: top, width: right - left, height: bottom - top},
    };
  };
  const missed = () => all.filter(element => !reached.has(element)).map(element => `${named(element)} was not reached`);
  window.__stops = {visit, missed};
  return all.map(sort);
}
