"""Archives: what a backup is made of. A stream, compressed and age-encrypted into a file, that lies in several places and is unalterable there until
it expires.

``sealing`` turns a stream into a draft and an archive into its stream again, ``manifest`` says what an archive is, ``places`` puts, checks, finds and
destroys it in the storages that the settings name, ``storage`` is such a place on a file system.

    with sealing.draft(chunks, label=Label(kind="hosting", about=…, taken_at=…, expires_at=…)) as draft:
        for place in places.of_zone("BE"):
            places.put(draft, place)
    stream = sealing.content(manifest, place)

The keys that open archives are a setting (``ARCHIVE_KEY``): they stand in no database and in no archive.
"""
