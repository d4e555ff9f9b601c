"""The database's files: whose they may be."""

from harness import ATTACKER, ROOT, VICTIM, Place, check, main


def test_own_database_is_used(place: Place):
    done = place.run(VICTIM, 'victim', 'database=LOGS.db', 'install', 'push=one')
    check('recording: 1' in done.output and 'push: ok 1' in done.output, done.output)
    check(place.rows(f'{place.home}/LOGS.db', 'SELECT msg FROM error_table') == [('one',)])


main(globals())
