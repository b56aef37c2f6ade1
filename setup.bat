@echo off
rem Sets culpa up with plain venv and pip, from the same hash-checked lock that uv_run.bat uses.
setlocal
set CULPA_INSTALLER=pip
call "%~dp0uv_run.bat" setup
exit /b %errorlevel%
