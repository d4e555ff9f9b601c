"""Files with settings: whose they may be, and who may say so."""

import os

from harness import ATTACKER, ROOT, VICTIM, Place, check, main

WEBHOOK = 'webhook=https://hooks.example/x\n'


def install(place: Place, **options):
    """What a program of the victim's says of its settings."""
    return place.run(VICTIM, 'victim', f'database={place.home}/LOGS.db', 'delivery=none', 'slack',
                     'install', **options).output


def test_a_file_of_the_users_own_or_of_roots_is_read(place: Place):
    for owner, mode in ((VICTIM, 0o600), (ROOT, 0o644)):
        place.file(f'{place.home}/.env', owner, WEBHOOK, mode)
        output = install(place)
        check('recording: 1' in output and 'missing' not in output, output)
        os.remove(f'{place.home}/.env')


def test_a_foreign_file_is_refused_whatever_the_directory_is(place: Place):
    for directory in (place.home, place.shared, place.attic):
        place.file(f'{directory}/.env', ATTACKER, WEBHOOK, 0o644)
        output = install(place, cwd=directory)
        check(f'{directory}/.env: belongs to another user, and no settings were read' in output,
              output)
        check('is not set' not in output, output)
        check(output.count('.env: belongs to another user') == 2, output)  # the report, and stderr


def test_a_file_that_its_group_can_write_is_refused_until_the_group_is_trusted(place: Place):
    file = place.file(f'{place.home}/.env', VICTIM, WEBHOOK, 0o664)
    output = install(place)
    check(f'run: chmod g-w {file} (or set DBLOG_TRUST=group in the environment' in output, output)
    check('is not set' not in output, output)
    output = install(place, env={'DBLOG_TRUST': 'group'})
    check('missing' not in output, output)
    output = install(place, env={'DBLOG_TRUST': 'all'})
    check('DBLOG_TRUST must be owner, group or everyone' in output, output)
    check(f'chmod g-w {file}' in output, output)


def test_the_file_does_not_say_who_may_write_it(place: Place):
    place.file(f'{place.home}/.env', VICTIM, WEBHOOK + 'DBLOG_TRUST=everyone\n', 0o666)
    output = install(place)
    check(f'chmod go-w {place.home}/.env' in output, 'a file that all can write was believed', output)


def test_no_link_of_others_leads_to_a_file_of_the_users_own(place: Place):
    """Nor one in the middle of the path."""
    private = place.directory('private', VICTIM, 0o700)
    place.file(f'{private}/.env', VICTIM, WEBHOOK + 'DBLOG_MAX_ROWS=many\n')
    os.symlink(private, f'{place.attic}/link')
    os.lchown(f'{place.attic}/link', ATTACKER, ATTACKER)
    place.run(VICTIM, 'victim', f'database={place.home}/LOGS.db', 'install', 'push=one')
    output = place.run(VICTIM, 'dblog', '--db', f'{place.home}/LOGS.db', 'prune', '--dry-run',
                       '--env-file', f'{place.attic}/link/.env').output
    check('symbolic link of another user' in output and 'DBLOG_MAX_ROWS must be' not in output,
          output)


def test_the_tool_has_the_same_rule(place: Place):
    file = place.file(f'{place.home}/.env', VICTIM, WEBHOOK + 'DBLOG_MAX_ROWS=many\n', 0o664)
    arguments = ('--db', f'{place.home}/LOGS.db', 'prune', '--dry-run')
    install(place)
    output = place.run(VICTIM, 'dblog', *arguments).output
    check(f'chmod g-w {file}' in output, output)
    output = place.run(VICTIM, 'dblog', *arguments, env={'DBLOG_TRUST': 'group'}).output
    check('chmod' not in output and 'DBLOG_MAX_ROWS must be' in output, output)


main(globals())
