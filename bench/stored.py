"""Print how often each (trace id, span id) is in a store that no server has open. chDB alone reads it.

python bench/stored.py DATA_DIR/engine
"""

import sys

import chdb

SQL = """
SELECT trace_unique_id, span_unique_id, count() AS times FROM spans FINAL WHERE NOT is_deleted
GROUP BY trace_unique_id, span_unique_id
"""


def main(directory: str) -> None:
    store = chdb.connect(directory)
    sys.stdout.write(store.query(SQL, "TabSeparated").data())
    store.close()


if __name__ == "__main__":
    main(sys.argv[1])
