"""Which methods the API's addresses know: those of the contract, and HEAD wherever there is GET.

No OPTIONS, but where a view says what it tells (tus does): the contract is what describes an
address, and no page of another site may call any.
"""

from rest_framework.views import APIView

API_METHODS = ["get", "head", "post", "put", "patch", "delete"]


class ApiView(APIView):
    """Base of DRF's views here; any other method is 405."""

    http_method_names = API_METHODS
