((mapContains(metadata, {f0:String})
AND (NOT (metadata[{f0:String}] = {f1:String})))
OR (mapContains(metadata, {f0:String})))
