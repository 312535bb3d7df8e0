# To be sourced, by bash, zsh or sh: `. launch/env.sh` makes `mpirun -np 4 trainer …` work as it
# should on one machine. Sourcing it again changes nothing.

# Where this file is: bash and zsh say it; in other shells the open file shows it.
if [ -n "${BASH_SOURCE:-}" ]; then
  trainer_env_file=$BASH_SOURCE
elif [ -n "${ZSH_VERSION:-}" ]; then
  eval 'trainer_env_file=${(%):-%x}'
else
  trainer_env_file=
  for trainer_env_descriptor in /proc/$$/fd/*; do
    trainer_env_target=$(readlink "$trainer_env_descriptor" 2>/dev/null) || continue
    case $trainer_env_target in */launch/env.sh) trainer_env_file=$trainer_env_target ;; esac
  done
  unset trainer_env_descriptor trainer_env_target
fi

if [ -n "$trainer_env_file" ]; then
  trainer_env_bin=$(CDPATH= cd -- "$(dirname -- "$trainer_env_file")/.." && pwd)/.build/static/release
  case :$PATH: in
    *":$trainer_env_bin:"*) ;;
    *) export PATH="$trainer_env_bin:$PATH" ;;
  esac
  unset trainer_env_bin
else
  echo "warning: launch/env.sh cannot tell where it is; the PATH is left alone" >&2
fi
unset trainer_env_file

# Open MPI refuses to start for root unless told twice; in containers everybody is root.
if [ "$(id -u)" = 0 ]; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi

# More ranks than cores are allowed: learners try 4 ranks on 2 cores, and get the same numbers.
export OMPI_MCA_rmaps_base_oversubscribe=1

# Open MPI binds each of one or two ranks to a single core, where all threads of a rank would queue.
export OMPI_MCA_hwloc_base_binding_policy=none

# The same two for Open MPI 5, whose launcher is PRRTE.
export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
export PRTE_MCA_hwloc_default_binding_policy=none
