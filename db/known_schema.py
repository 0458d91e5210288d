"""The tables, indexes and triggers that the migrations make, as C initialisers: {version, type, name, SQL}, for each
version. Found by running them, because ALTER TABLE rewrites what SQLite keeps.
usage: known_schema.py SCHEMA.SQL"""
import re, sqlite3, sys

migrations = {}
with open(sys.argv[1], encoding="utf-8") as script:
    for line in script:
        begins = re.match(r"-- migration (\d+):", line)
        if begins:
            number = int(begins.group(1))
        migrations.setdefault(number, []).append(line)


def run(connection, sql):
    """Functions of sleeve's own are called for no rows here: any will do."""
    while True:
        try:
            connection.execute("SAVEPOINT all_or_nothing")
            connection.executescript(sql)
            return
        except sqlite3.OperationalError as error:
            missing = re.match(r"no such function: (\w+)", str(error))
            if not missing:
                raise
            connection.execute("ROLLBACK TO all_or_nothing")
            connection.create_function(missing.group(1), -1, lambda *arguments: None, deterministic=True)


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


connection = sqlite3.connect(":memory:", isolation_level=None)
for number in sorted(migrations):
    run(connection, "".join(migrations[number]))
    # As db/known_schema.c reads them.
    for row in sorted(connection.execute("SELECT name, type, sql FROM sqlite_schema WHERE sql IS NOT NULL")):
        print("{%d, %s, %s, %s}," % (number, quoted(row[1]), quoted(row[0]), quoted(row[2])))
