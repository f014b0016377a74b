"""Which proposer finds the front first?

    python bench/search_arms.py TEXT... --out DIR [--arms mix,llm,nsga2,tpe,random] [--seeds 1,2,3] [--evaluations 100] [--excerpts 2,6]
        [--reader embedded] [--jobs 2] [--plot FILE.png] [--json FILE]

Runs `smallprint search run` once for each arm and seed, each in a process of its own, on the same text, and compares the hypervolume after
each trial. Of one seed all arms read the same excerpts. The arm `llm`, and the analyst in the mix, ask a server on this machine that speaks
OpenAI's API, behind which rules read the history that they are sent (`smallprint.search.proposers.rules`): they stand in for a language
model. A run that was stopped goes on when the same command is given again.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from smallprint.search.compare import Compared, compared, draw
from smallprint.search.proposers import rules
from smallprint.search.study import Study


class Analyst(BaseHTTPRequestHandler):
    """Chat completions, streamed, whose words are those of the rules."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        content = asked["messages"][-1]["content"]
        prompt = content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
        chunks: list[dict[str, Any]] = [
            {
                "choices": [
                    {"index": 0, "delta": {"role": "assistant", "content": rules.answer(prompt)}, "finish_reason": None}
                ]
            },
            {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
            {
                "choices": [],
                "usage": {
                    "prompt_tokens": len(prompt) // 4,
                    "completion_tokens": 500,
                    "total_tokens": len(prompt) // 4 + 500,
                },
            },
        ]
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for chunk in chunks:
            row = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "rules", **chunk}
            self.wfile.write(f"data: {json.dumps(row)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *_: object) -> None:
        pass


def run(arm: str, seed: int, options: argparse.Namespace, url: str) -> Path:
    study = options.out / f"{arm}-{seed}.db"
    command = [
        sys.executable, "-m", "smallprint", "search", "run", *options.texts, "--study", str(study), "--proposer", arm,
        "--seed", str(seed), "--evaluations", str(options.evaluations), "--excerpts", options.excerpts,
        "--reader", options.reader, "--analyst", "openai:rules", "--analyst-base-url", url, "--json",
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "OPENAI_API_KEY": "none"}, check=False
    )
    if done.returncode:
        raise SystemExit(f"{arm}, seed {seed}: {done.stderr}")
    result = json.loads(done.stdout)
    best = result["best"]
    shown = f"{best['compression']:.2f}x, {best['cer']:.2%} wrong on held-out text" if best else "none within the limit"
    print(f"{arm:>8}, seed {seed}: hypervolume {result['hypervolume']:.3f}, best {shown}", flush=True)
    return study


def table(rows: list[Compared], arms: list[str]) -> None:
    print(f"{'arm':>8}  {'median':>7}  {'of each seed':<24}  best ratios")
    for arm in arms:
        own = [row for row in rows if row.proposer == arm]
        volumes = " ".join(f"{row.hypervolume:.3f}" for row in own)
        ratios = " ".join(f"{row.ratio:.2f}" if row.ratio else "none" for row in own)
        print(f"{arm:>8}  {statistics.median(row.hypervolume for row in own):>7.3f}  {volumes:<24}  {ratios}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--arms", default="mix,llm,nsga2,tpe,random")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--evaluations", type=int, default=100)
    parser.add_argument("--excerpts", default="2,6")
    parser.add_argument("--reader", default="embedded")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Analyst)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/v1"
    arms, seeds = options.arms.split(","), [int(seed) for seed in options.seeds.split(",")]
    with ThreadPoolExecutor(options.jobs) as pool:
        studies = list(pool.map(lambda job: run(*job, options, url), [(arm, seed) for seed in seeds for arm in arms]))
    server.shutdown()
    rows = compared([(path.stem, Study.read(str(path))) for path in studies])
    table(rows, arms)
    if options.plot:
        draw(rows, options.plot)
    if options.json:
        options.json.write_text(json.dumps([row.to_json() for row in rows]) + "\n")


if __name__ == "__main__":
    main()
