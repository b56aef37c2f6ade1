@echo off
rem Sets culpa up where that is needed (uv, .venv, hash-checked packages) and runs a command in it: scripts\bootstrap.py.
rem   uv_run.bat [setup | test [pytest options] | any culpa command; none = serve]
setlocal
call :usable py -3 && goto run
call :usable python && goto run
call :usable python3 && goto run
echo culpa needs Python 3.11 to 3.14: install one from the Microsoft Store or with winget, and run this again 1>&2
exit /b 1

:usable
%* -I -S -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))" >nul 2>nul || exit /b 1
set "python=%*"
exit /b 0

:run
%python% -I -S "%~dp0scripts\bootstrap.py" %*
exit /b %errorlevel%
