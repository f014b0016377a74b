"""Does it still read right? Tasks, scores, paired runs, reports.

    item.py, task.py one thing to answer; where it comes from
    tasks/           every task: generated or loaded
    metrics/         scores, equal to the benchmarks' own code
    config.py        what a run is asked to do
    arms.py          the ways to send an item; truncation.py and cuts.py make texts fit the pages' tokens
    answering.py     a model that is asked, or a task's rule over what our reader reads; pinned.py puts pins where they belong
    desk.py          one item in one arm; budget.py its dollars, replies.py what was paid for before, crops.py the piece of the page
    run.py           all of them, several at a time, into log.py
    sample.py        what came of one
    results.py       what samples come to; statistics.py means and intervals, aggregates.py the suites' own means
    report/          Markdown, JSON and one HTML page
    inspect_tasks.py the same tasks for Inspect
    data/            texts that ship, with their licences

README.md says how to use it.
"""
