"""Finds the modules that declare commands."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from arcapix.fs.gpfs.emulator import commands

_KNOWN = """
    mmaddcomp mmaddcompspec mmadddisk mmaddpdisk mmadquery mmafmconfig mmafmcosaccess mmafmcosconfig
    mmafmcosctl mmafmctl mmafmlocal mmapplypolicy mmaudit mmauth mmbackup mmbackupconfig mmbuildgpl
    mmcachectl mmcallhome mmces mmchattr mmchcarrier mmchcluster mmchcomp mmchcomploc mmcheckquota
    mmchfirmware mmchfs mmchnsd mmchpdisk mmchpolicy mmchpool mmchqos mmchrecoverygroup mmclidecode
    mmclone mmcloudgateway mmcrcluster mmcrnsd mmcrrecoverygroup mmcrvdisk mmdefedquota mmdefquotaoff
    mmdefquotaon mmdefragfs mmdelacl mmdelcomp mmdelcomploc mmdelcompspec mmdeldisk mmdelnsd mmdelpdisk
    mmdelrecoverygroup mmdelvdisk mmdiscovercomp mmdsh mmeditacl mmedquota mmexportfs mmfileid mmfsck
    mmfsctl mmgenlsquota mmgetacl mmhadoopctl mmhdfs mmhealth mmimgbackup mmimgrestore mmimportfs
    mmkeyserv mmlsattr mmlscomp mmlscomploc mmlscompspec mmlsfirmware mmlspdisk
    mmlspolicy mmlsqos mmlsrecoverygroup mmlsvdisk mmmigratefs mmmsgqueue mmnetverify mmnfs
    mmnsddiscover mmobj mmpartition mmperfmon mmpmon mmprotocoltrace mmpsnap mmputacl mmqos mmquotaoff
    mmquotaon mmreclaimspace mmremotecluster mmremotefs mmrestoreconfig mmrestorefs mmrestripefile
    mmrestripefs mmrpldisk mmsdrrestore mmsetattr mmsmb mmstartpolicy mmsyncconfig mmtracectl
    mmuserauth mmvdisk mmwatch mmwinservctl
"""
UNEMULATED = frozenset(_KNOWN.split())
"""Commands of GPFS that only answer that they are not emulated."""


@cache
def load() -> None:
    """Import every module of `commands`, so that its commands are declared."""
    for module in pkgutil.iter_modules(commands.__path__):
        import_module(f"{commands.__name__}.{module.name}")
