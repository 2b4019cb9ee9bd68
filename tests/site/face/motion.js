// What would move: elements whose styles let them, and what is moving at this moment.
() => {
  const seconds = list => list.split(',').map(one => parseFloat(one) * (one.trim().endsWith('ms') ? 0.001 : 1));
  const found = new Set();
  const name = element => element.localName + [...element.classList].map(one => '.' + one).join('');
  for (const element of document.querySelectorAll('*')) {
    for (const part of [null, '::before', '::after']) {
      const style = getComputedStyle(element, part);
      const moves = (style.animationName !== 'none' && Math.max(...seconds(style.animationDuration)) > 0.001)
        || Math.max(...seconds(style.transitionDuration)) > 0.001;
      if (moves) found.add(`${name(element)}${part ?? ''} may move for ${style.transitionDuration} and ${style.animationDuration}`);
    }
    if (getComputedStyle(element).scrollBehavior === 'smooth') found.add(`${name(element)} scrolls smoothly`);
  }
  for (const animation of document.getAnimations()) found.add(`${animation.constructor.name} is running`);
  return [...found].slice(0, 5);
}
