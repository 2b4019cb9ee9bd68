"""Measurements that take too long for the tests: `invoke bench NAME` runs one, at full scale.

* ``compare``, which `invoke bench` runs: the build beside other generators of sites, as docs/benchmarks.md has it
* ``thousand``: a thousand sources, a tenth of which hang, through the real `invoke fetch`
* ``door``: what the guarded door costs, beside the bare transports below it
* ``growth``: stores of a thousand, ten thousand, a hundred thousand posts, fetched and built
* ``judging``: a hundred thousand posts judged anew by thirty rules
* ``likeness``: which posts say the same, beside what a plain comparison of texts finds
* ``mutants``: a million damaged documents through the step that reads feeds
* ``expectations``: feedparser's own test suite, judged by what we make of it

``cost`` measures a command, ``hosts`` plays the sources. They read /proc, so they want Linux.
"""
