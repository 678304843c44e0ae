# Use the system's header-only SIMDe when it is installed, instead of fetching it with git.
if(EXISTS "/usr/include/simde/simde-common.h")
  set(FETCHCONTENT_SOURCE_DIR_SIMDE "/usr/include" CACHE PATH "SIMDe headers")
endif()
