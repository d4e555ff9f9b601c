"""Programs with more rights than their caller, who chose environment, directory and argv."""

import os
import shutil
import socket
import subprocess

from harness import ATTACKER, ROOT, Place, Skipped, check, main

WEBHOOK = 'webhook=https://hooks.example/attacker\n'


def setuid_program(place: Place, mode=0o4755):
    """A copy of the victim with root's rights; `vault` is a directory that only root can use."""
    if os.statvfs(place.path).f_flag & os.ST_NOSUID:
        raise Skipped('the temporary directory is mounted nosuid')
    program = f'{place.path}/bin/privileged'
    shutil.copy(place.programs['victim'], program)
    os.chmod(program, mode)
    place.vault = place.directory('vault', ROOT, 0o700)
    return program


def give_capability(program, name):
    setcap = shutil.which('setcap', path='/usr/sbin:/sbin:/usr/bin:/bin')
    if setcap is None or subprocess.run([setcap, f'{name}+ep', program]).returncode != 0:
        raise Skipped('no setcap, or the file system has no capabilities')


def check_that_nothing_is_recorded(place: Place, program, env=None):
    """In the attacker's directory, with what he would put there."""
    os.symlink(f'{place.vault}/made', f'{place.attic}/LOGS.db')
    place.file(f'{place.attic}/.env', ATTACKER, WEBHOOK)
    done = place.run(ATTACKER, program, 'slack', 'install', 'push=x', 'crash', cwd=place.attic,
                     env=env)
    check(done.status == -11, done.status, done.output)
    check('recording: 0\ndatabase: \n' in done.output, done.output)
    check('missing: database: ' in done.output and 'push: ' in done.output, done.output)
    check(done.output.count('name an absolute path in HandlerOptions::database') >= 2, done.output)
    check('NOT recorded: ' in done.output and 'recorded in :' not in done.output, done.output)
    check(os.listdir(place.vault) == [], os.listdir(place.vault))
    check(sorted(os.listdir(place.attic)) == ['.env', 'LOGS.db'], os.listdir(place.attic))


def test_a_relative_default_is_not_used(place: Place):
    check_that_nothing_is_recorded(place, setuid_program(place))


def test_the_environment_does_not_name_the_database(place: Place):
    program = setuid_program(place)
    check_that_nothing_is_recorded(place, program, {'DBLOG_DB': f'{place.vault}/made'})


def test_a_setgid_program_is_no_different(place: Place):
    program = setuid_program(place, 0o2755)
    check_that_nothing_is_recorded(place, program, {'DBLOG_DB': f'{place.attic}/made'})


def test_file_capabilities_are_no_different(place: Place):
    program = setuid_program(place, 0o755)
    give_capability(program, 'cap_net_raw')
    check_that_nothing_is_recorded(place, program, {'DBLOG_DB': f'{place.attic}/made'})


def check_that_links_of_the_caller_are_not_followed(place: Place, program):
    """He may not write `vault`; the program, whose effective user he is, may."""
    place.file(f'{place.vault}/env', ROOT, WEBHOOK, 0o640)
    os.chmod(place.vault, 0o770)
    for name, target in (('own.db', 'vault/made'), ('directory', 'vault'), ('env', 'vault/env')):
        os.symlink(f'{place.path}/{target}', f'{place.attic}/{name}')
        os.lchown(f'{place.attic}/{name}', ATTACKER, ATTACKER)
    for path, link in (('own.db', 'own.db'), ('directory/own.db', 'directory')):
        done = place.run(ATTACKER, program, f'database={place.attic}/{path}',
                         f'env_file={place.attic}/env', 'slack', 'install', 'push=x', 'crash',
                         cwd=place.attic)
        check(done.status == -11, done.status, done.output)
        link = f'{place.attic}/{link}: is a link of the user who runs this program'
        check(f'missing: database: {link}' in done.output, done.output)
        check(f'push: {link}' in done.output, done.output)
        check(f'missing: settings: {place.attic}/env: is a symbolic link of the user'
              in done.output, done.output)
        check(os.listdir(place.vault) == ['env'], os.listdir(place.vault))


def test_links_of_the_caller_are_not_followed_by_a_setgid_program(place: Place):
    program = setuid_program(place, 0o2755)
    check_that_links_of_the_caller_are_not_followed(place, program)


def test_links_of_the_caller_are_not_followed_with_file_capabilities(place: Place):
    program = setuid_program(place, 0o755)
    give_capability(program, 'cap_dac_override')
    check_that_links_of_the_caller_are_not_followed(place, program)


def test_a_relative_path_of_the_program_is_not_used(place: Place):
    program = setuid_program(place)
    done = place.run(ATTACKER, program, 'database=own.db', 'env_file=own.env', 'install', 'push=x',
                     cwd=place.attic)
    check('missing: database: own.db: is not used' in done.output, done.output)
    check('missing: settings: own.env: is not read; name an absolute path' in done.output,
          done.output)
    check('push: own.db: is not used' in done.output, done.output)
    check(os.listdir(place.attic) == [], os.listdir(place.attic))


def test_an_absolute_path_of_the_program_is_used_and_the_callers_settings_are_not(place: Place):
    program = setuid_program(place)
    place.file(f'{place.attic}/.env', ATTACKER, WEBHOOK + 'DBLOG_MAX_ROWS=1\n')
    place.file(f'{place.attic}/dblog', ATTACKER, f'#!/bin/sh\ntouch {place.attic}/ran\n', 0o755)
    database = f'{place.vault}/LOGS.db'
    pushes = [f'push={i}' for i in range(2000)]
    done = place.run(ATTACKER, program, f'database={database}', 'slack', 'install', *pushes,
                     cwd=place.attic,
                     env={'DBLOG_MAX_ROWS': '1', 'PATH': place.attic, 'DBLOG_TRUST': 'everyone',
                          'webhook': 'https://hooks.example/attacker'})
    check(f'recording: 1\ndatabase: {database}\n' in done.output, done.output)
    check('missing: settings: webhook is not set' in done.output, done.output)
    check('HandlerOptions::env_file names by an absolute path' in done.output, done.output)
    check('missing: delivery: a program with more rights than its caller starts no tool'
          in done.output, done.output)
    check(place.rows(database, 'SELECT count(*) FROM error_table') == [(len(pushes),)])
    check(not os.path.exists(f'{place.attic}/ran'), 'his program ran')


def test_an_absolute_file_of_settings_is_read(place: Place):
    program = setuid_program(place)
    place.file(f'{place.vault}/env', ROOT, 'webhook=https://hooks.example/own\n')
    done = place.run(ATTACKER, program, f'database={place.vault}/LOGS.db',
                     f'env_file={place.vault}/env', 'slack', 'install', cwd=place.attic)
    check('recording: 1' in done.output and 'missing: settings' not in done.output, done.output)


def test_libcurl_gets_nothing_from_the_environment(place: Place):
    program = setuid_program(place)
    place.file(f'{place.vault}/env', ROOT, 'webhook=https://hooks.invalid/own\n')
    with socket.create_server(('127.0.0.1', 0)) as proxy:
        proxy.setblocking(False)
        url = f'http://127.0.0.1:{proxy.getsockname()[1]}'
        keys = f'{place.vault}/keys'
        done = place.run(ATTACKER, program, f'env_file={place.vault}/env', 'notify=x',
                         cwd=place.attic,
                         env={'SSLKEYLOGFILE': keys, 'https_proxy': url, 'HTTPS_PROXY': url,
                              'all_proxy': url, 'ALL_PROXY': url})
        check('notify: ' in done.output and 'hooks.invalid' in done.output, done.output)
        check(not os.path.exists(keys), 'the keys of connections go where the caller says')
        try:
            proxy.accept()
            raise AssertionError("the message went to the caller's proxy")
        except BlockingIOError:
            pass


main(globals())
